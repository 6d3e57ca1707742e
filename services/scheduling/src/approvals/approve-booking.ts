import { actorOf } from '../audit/actor.ts';
import type { Booking } from '../bookings/booking.ts';
import { changeBooking } from '../bookings/change-booking.ts';
import type { PolicyViolation, SlotUnavailable } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { ApproveBookingInput, DeclineBookingInput } from '../schema-types.ts';
import { violationOf } from '../bookings/violations.ts';
import { declineBooking, grantBooking } from './decide-booking.ts';
import { readDecisionReason } from './decision-texts.ts';

interface Decided {
  __typename: 'BookingDecided';
  booking: Booking | null;
}

/** A person of the business says that a requested appointment can take place. */
export async function approve(context: SchedulingContext, input: ApproveBookingInput) {
  const { caller, scheduling } = context;
  const reason = readFreeText(input.reason, { field: 'reason', lengthMax: 500 });
  const outcome = await changeBooking<{ bookingId: string }, PolicyViolation | SlotUnavailable>(
    context,
    { verb: 'decide', operation: 'approveBooking', input, more: { reason } },
    async ({ tx, booking, now, notDone }) => {
      // What a rule found odd is looked at where all that speaks for and against it stands.
      if (booking.status !== 'PENDING_APPROVAL') throw notDone(violationOf('NOT_ACTIVE'));
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

/** A person of the business says that it cannot, and why. */
export async function decline(context: SchedulingContext, input: DeclineBookingInput) {
  const { caller, scheduling } = context;
  const reason = readDecisionReason(input.reason);
  const outcome = await changeBooking<{ bookingId: string }, PolicyViolation>(
    context,
    { verb: 'decide', operation: 'declineBooking', input, more: { reason } },
    async ({ tx, booking, now, notDone }) => {
      if (booking.status !== 'PENDING_APPROVAL') throw notDone(violationOf('NOT_ACTIVE'));
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
