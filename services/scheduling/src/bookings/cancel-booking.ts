import { onceByKey } from '@kept/database';
import { actorOf } from '../audit/actor.ts';
import { deadlineBefore } from '../availability/engine/deadline.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId, readText } from '../input.ts';
import type { CancelBookingInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import type { Booking } from './booking.ts';
import { callOff } from './call-off.ts';
import { demandVerb, findBooking, lockBooking } from './find-booking.ts';
import { versionConflict, violationOf, type PolicyViolation, type VersionConflict } from './violations.ts';

interface Cancelled {
  __typename: 'BookingCancelled';
  booking: Booking | null;
  refundPercent: number;
}

/** Calls a booking off and frees its time in the same transaction. */
export function cancelBooking(context: SchedulingContext, input: CancelBookingInput) {
  const id = readId(input.bookingId, 'bookingId');
  const reason = readText(input.reason, { field: 'reason', lengthMax: 500 });
  const { caller, scheduling } = context;
  return settle<Cancelled, PolicyViolation | VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'cancelBooking',
        key: input.idempotencyKey,
        request: { id, reason, expectedVersion: input.expectedVersion },
      };
      const { refundPercent } = await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const booking = await lockBooking(tx, id);
        demandVerb(context.ability, 'cancel', booking);
        if (booking.version !== input.expectedVersion) throw notDone(versionConflict(booking.version));
        if (booking.status !== 'CONFIRMED') throw notDone(violationOf('NOT_ACTIVE'));
        if (now >= booking.startsAt) throw notDone(violationOf('ALREADY_STARTED'));
        const percent = refundPercentAt(booking, now);
        await callOff(tx, scheduling, {
          booking,
          by: caller.kind === 'STAFF' ? 'STAFF' : 'CLIENT',
          actor: actorOf(caller),
          reason,
          refundPercent: percent,
          now,
        });
        return { refundPercent: percent };
      });
      return { __typename: 'BookingCancelled', booking: await findBooking(tx, id), refundPercent };
    }),
  );
}

/** All of the deposit up to and at the deadline on the appointment's own calendar, nothing after it. */
export function refundPercentAt(booking: Booking, now: Date): number {
  const start = booking.startsAt.getTime() / 60_000;
  const deadline = deadlineBefore(openZone(booking.timeZone), start, booking.cancellationWindowMinutes);
  return now.getTime() <= deadline * 60_000 ? 100 : 0;
}
