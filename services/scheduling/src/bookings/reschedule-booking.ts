import { onceByKey } from '@kept/database';
import { actorOf } from '../audit/actor.ts';
import { deadlineBefore } from '../availability/engine/deadline.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId, readStart } from '../input.ts';
import type { OfferRequest } from '../offers/choose-offer.ts';
import type { CapacityRefusal } from '../offers/claim-capacity.ts';
import type { PolicyCode, RescheduleBookingInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import type { Booking } from './booking.ts';
import { demandVerb, findBooking, lockBooking } from './find-booking.ts';
import { moveBooking } from './move-booking.ts';
import { versionConflict, violationOf, type VersionConflict } from './violations.ts';

interface Rescheduled {
  __typename: 'BookingRescheduled';
  booking: Booking | null;
}

/** Moves a booking to another time. It keeps its id, and its old time until the new one is taken. */
export function rescheduleBooking(context: SchedulingContext, input: RescheduleBookingInput) {
  const id = readId(input.bookingId, 'bookingId');
  const startsAt = readStart(input.startsAt, 'startsAt');
  const { caller, scheduling } = context;
  return settle<Rescheduled, CapacityRefusal | VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'rescheduleBooking',
        key: input.idempotencyKey,
        request: { id, startsAt, expectedVersion: input.expectedVersion },
      };
      await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const booking = await lockBooking(tx, id);
        demandVerb(context.ability, 'reschedule', booking);
        if (booking.version !== input.expectedVersion) throw notDone(versionConflict(booking.version));
        const code = refusalOfMove(booking, now);
        if (code !== null) throw notDone(violationOf(code));
        const offer = offerToMove(booking, { startsAt, now });
        const moved = await moveBooking(tx, scheduling, {
          booking,
          offer,
          actor: actorOf(caller),
          now,
          reason: null,
        });
        if ('__typename' in moved) throw notDone(moved);
        return { bookingId: id };
      });
      return { __typename: 'BookingRescheduled', booking: await findBooking(tx, id) };
    }),
  );
}

/** Whether a booking can still be moved at all: up to and at the deadline on the appointment's own calendar. */
export function refusalOfMove(booking: Booking, now: Date): PolicyCode | null {
  if (booking.status !== 'CONFIRMED') return 'NOT_ACTIVE';
  if (now >= booking.startsAt) return 'ALREADY_STARTED';
  if (booking.rescheduleCount >= booking.reschedulesMax) return 'RESCHEDULE_LIMIT';
  const start = booking.startsAt.getTime() / 60_000;
  const deadline = deadlineBefore(openZone(booking.timeZone), start, booking.rescheduleWindowMinutes);
  return now.getTime() <= deadline * 60_000 ? null : 'RESCHEDULE_WINDOW';
}

/** The same appointment at another time: what was booked, with whom and where. */
export function offerToMove(booking: Booking, to: { startsAt: Date; now: Date }): OfferRequest {
  return {
    serviceId: booking.serviceId,
    variantId: booking.variantId,
    addOnIds: booking.addOnIds,
    locationId: booking.locationId,
    providerId: booking.providerId,
    startsAt: to.startsAt,
    seats: booking.seats,
    now: to.now,
    clientId: booking.clientId,
    movingBookingId: booking.id,
    rules: 'CLIENT',
  };
}
