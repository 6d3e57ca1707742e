import { publish } from '@kept/events';
import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import { tellClient } from '../messages/tell-both-sides.ts';
import type { CloseBookingInput } from '../schema-types.ts';
import type { Booking } from './booking.ts';
import { changeBooking } from './change-booking.ts';
import { refundPercentOfNoShow } from './refund.ts';
import { saveBooking } from './save-booking.ts';
import { violationOf, type PolicyViolation } from './violations.ts';

interface Closed {
  __typename: 'BookingClosed';
  booking: Booking | null;
}

/** Says what became of an appointment once it has started: it took place, or the client did not come. */
export async function closeBooking(
  context: SchedulingContext,
  input: CloseBookingInput & { as: 'COMPLETED' | 'NO_SHOW' },
) {
  const { caller, scheduling } = context;
  const outcome = await changeBooking<{ bookingId: string }, PolicyViolation>(
    context,
    { verb: 'close', operation: 'closeBooking', input, more: { as: input.as } },
    async ({ tx, booking, now, notDone }) => {
      if (booking.status !== 'CONFIRMED') throw notDone(violationOf('NOT_ACTIVE'));
      if (now < booking.startsAt) throw notDone(violationOf('NOT_STARTED'));
      booking.close(input.as);
      const action = input.as === 'COMPLETED' ? 'booking_completed' : 'booking_no_show';
      await saveBooking(tx, booking, { scheduling, actor: actorOf(caller), action, now });
      const refundPercent = input.as === 'NO_SHOW' ? refundPercentOfNoShow(booking) : 0;
      await publish(tx, 'booking.completed', {
        bookingId: booking.id,
        clientId: booking.clientId,
        endedAt: booking.endsAt.toISOString(),
        attended: input.as === 'COMPLETED',
        ...(refundPercent > 0 && { refundPercent }),
      });
      if (input.as === 'NO_SHOW') await tellClient(tx, booking, { template: 'booking-no-show' });
      return { bookingId: booking.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'BookingClosed', booking: outcome.booking } satisfies Closed;
}
