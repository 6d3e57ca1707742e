import type { SchedulingContext } from '../context.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { ApproveBookingInput, DeclineBookingInput } from '../schema-types.ts';
import { declineBooking, grantBooking } from './decide-booking.ts';
import { decideWaiting } from './decide-waiting.ts';
import { readDecisionReason } from './decision-texts.ts';

/** A person of the business says that a requested appointment can take place. */
export async function approve(context: SchedulingContext, input: ApproveBookingInput) {
  const reason = readFreeText(input.reason, { field: 'reason', lengthMax: 500 });
  const operation = 'approveBooking';
  return decideWaiting(context, { verb: 'decide', operation, input, reason, pass: grantBooking });
}

/** A person of the business says that it cannot, and why. */
export async function decline(context: SchedulingContext, input: DeclineBookingInput) {
  const reason = readDecisionReason(input.reason);
  const operation = 'declineBooking';
  return decideWaiting(context, { verb: 'decide', operation, input, reason, pass: declineBooking });
}
