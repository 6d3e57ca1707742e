import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import type { CloseBookingInput } from '../schema-types.ts';
import type { Booking } from './booking.ts';
import { changeBooking } from './change-booking.ts';
import { saveBooking } from './save-booking.ts';
import { violationOf, type PolicyViolation } from './violations.ts';

// Somebody who is there half a day early has mistaken the day; checking the wrong appointment in would hide that.
const EARLIEST_HOURS = 12;

interface CheckedIn {
  __typename: 'BookingCheckedIn';
  booking: Booking | null;
}

/** Says that the client is there; those who watch the calendar see it at once. */
export async function checkIn(context: SchedulingContext, input: CloseBookingInput) {
  const { caller, scheduling } = context;
  const outcome = await changeBooking<{ bookingId: string }, PolicyViolation>(
    context,
    { verb: 'check-in', operation: 'checkIn', input },
    async ({ tx, booking, now, notDone }) => {
      if (booking.status !== 'CONFIRMED') throw notDone(violationOf('NOT_ACTIVE'));
      if (booking.checkedInAt !== null) throw notDone(violationOf('ALREADY_CHECKED_IN'));
      if (now.getTime() < booking.startsAt.getTime() - EARLIEST_HOURS * 3_600_000)
        throw notDone(violationOf('CHECK_IN_TOO_EARLY'));
      booking.checkIn(now);
      await saveBooking(tx, booking, {
        scheduling,
        actor: actorOf(caller),
        action: 'booking_checked_in',
        now,
      });
      return { bookingId: booking.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'BookingCheckedIn', booking: outcome.booking } satisfies CheckedIn;
}
