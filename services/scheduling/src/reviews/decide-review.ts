import { declineBooking, grantBooking } from '../approvals/decide-booking.ts';
import { decideWaiting } from '../approvals/decide-waiting.ts';
import { readDecisionReason } from '../approvals/decision-texts.ts';
import type { SchedulingContext } from '../context.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { ApproveReviewedInput, DenyReviewedInput } from '../schema-types.ts';

/** A manager has looked at an unusual booking and lets it go on: to approval when its service asks for it, else it stands. */
export async function approveReviewed(context: SchedulingContext, input: ApproveReviewedInput) {
  const reason = readFreeText(input.reason, { field: 'reason', lengthMax: 500 });
  const operation = 'approveReviewed';
  return decideWaiting(context, { verb: 'review', operation, input, reason, pass: grantBooking });
}

/** A manager has looked and says no, and why. Only here is a booking denied: rules and clocks never do (GDPR article 22). */
export async function denyReviewed(context: SchedulingContext, input: DenyReviewedInput) {
  const reason = readDecisionReason(input.reason);
  const operation = 'denyReviewed';
  return decideWaiting(context, { verb: 'review', operation, input, reason, pass: declineBooking });
}
