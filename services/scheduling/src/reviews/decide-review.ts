import { declineBooking, grantBooking } from '../approvals/decide-booking.ts';
import { readDecisionReason } from '../approvals/decision-texts.ts';
import { actorOf } from '../audit/actor.ts';
import type { Booking } from '../bookings/booking.ts';
import { changeBooking } from '../bookings/change-booking.ts';
import { violationOf, type PolicyViolation, type SlotUnavailable } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { ApproveReviewedInput, DenyReviewedInput } from '../schema-types.ts';

interface Decided {
  __typename: 'BookingDecided';
  booking: Booking | null;
}

/** A manager has looked at an unusual booking and lets it go on: to approval when its service asks for it, else it stands. */
export async function approveReviewed(context: SchedulingContext, input: ApproveReviewedInput) {
  const { caller, scheduling } = context;
  const reason = readFreeText(input.reason, { field: 'reason', lengthMax: 500 });
  const outcome = await changeBooking<{ bookingId: string }, PolicyViolation | SlotUnavailable>(
    context,
    { verb: 'review', operation: 'approveReviewed', input, more: { reason } },
    async ({ tx, booking, now, notDone }) => {
      if (booking.status !== 'PENDING_REVIEW') throw notDone(violationOf('NOT_ACTIVE'));
      const decidedBy = caller.accountId ?? '';
      const actor = actorOf(caller);
      const granted = await grantBooking(tx, scheduling, { booking, decidedBy, actor, reason, now });
      if ('__typename' in granted) throw notDone(granted);
      return { bookingId: booking.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'BookingDecided', booking: outcome.booking } satisfies Decided;
}

/** A manager has looked and says no, and why. Only here is a booking denied: rules and clocks never do (GDPR article 22). */
export async function denyReviewed(context: SchedulingContext, input: DenyReviewedInput) {
  const { caller, scheduling } = context;
  const reason = readDecisionReason(input.reason);
  const outcome = await changeBooking<{ bookingId: string }, PolicyViolation>(
    context,
    { verb: 'review', operation: 'denyReviewed', input, more: { reason } },
    async ({ tx, booking, now, notDone }) => {
      if (booking.status !== 'PENDING_REVIEW') throw notDone(violationOf('NOT_ACTIVE'));
      const decidedBy = caller.accountId ?? '';
      const actor = actorOf(caller);
      const declined = await declineBooking(tx, scheduling, { booking, decidedBy, actor, reason, now });
      if ('__typename' in declined) throw notDone(declined);
      return { bookingId: booking.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'BookingDecided', booking: outcome.booking } satisfies Decided;
}
