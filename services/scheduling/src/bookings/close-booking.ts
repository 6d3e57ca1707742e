import { onceByKey } from '@kept/database';
import { publish } from '@kept/events';
import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { CloseBookingInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import type { Booking } from './booking.ts';
import { demandVerb, findBooking, lockBooking } from './find-booking.ts';
import { saveBooking } from './save-booking.ts';
import { versionConflict, violationOf, type PolicyViolation, type VersionConflict } from './violations.ts';

interface Closed {
  __typename: 'BookingClosed';
  booking: Booking | null;
}

/** Says what became of an appointment once it has started: it took place, or the client did not come. */
export function closeBooking(
  context: SchedulingContext,
  input: CloseBookingInput & { as: 'COMPLETED' | 'NO_SHOW' },
) {
  const id = readId(input.bookingId, 'bookingId');
  const { caller, scheduling } = context;
  return settle<Closed, PolicyViolation | VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'closeBooking',
        key: input.idempotencyKey,
        request: { id, as: input.as, expectedVersion: input.expectedVersion },
      };
      await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const booking = await lockBooking(tx, id);
        demandVerb(context.ability, 'close', booking);
        if (booking.version !== input.expectedVersion) throw notDone(versionConflict(booking.version));
        if (booking.status !== 'CONFIRMED') throw notDone(violationOf('NOT_ACTIVE'));
        if (now < booking.startsAt) throw notDone(violationOf('NOT_STARTED'));
        booking.close(input.as);
        await saveBooking(tx, booking, {
          scheduling,
          actor: actorOf(caller),
          action: input.as === 'COMPLETED' ? 'booking_completed' : 'booking_no_show',
          now,
        });
        await publish(tx, 'booking.completed', {
          bookingId: id,
          clientId: booking.clientId,
          endedAt: booking.endsAt.toISOString(),
          attended: input.as === 'COMPLETED',
        });
        return { bookingId: id };
      });
      return { __typename: 'BookingClosed', booking: await findBooking(tx, id) };
    }),
  );
}
