import { actorOf } from '../audit/actor.ts';
import { deadlineBefore } from '../availability/engine/deadline.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readStart } from '../input.ts';
import type { OfferRequest } from '../offers/choose-offer.ts';
import type { CapacityRefusal } from '../offers/claim-capacity.ts';
import type { PolicyCode, RescheduleBookingInput } from '../schema-types.ts';
import type { Booking } from './booking.ts';
import { changeBooking } from './change-booking.ts';
import { moveBooking } from './move-booking.ts';
import { readOverride } from './override.ts';
import { violationOf } from './violations.ts';

export interface Rescheduled {
  __typename: 'BookingRescheduled';
  booking: Booking | null;
}

/** Moves a booking to another time or provider. It keeps its id, and its old time until the new one is taken. */
export async function rescheduleBooking(context: SchedulingContext, input: RescheduleBookingInput) {
  const startsAt = readStart(input.startsAt, 'startsAt');
  const providerId = input.providerId == null ? null : readId(input.providerId, 'providerId');
  const variantId = input.variantId == null ? null : readId(input.variantId, 'variantId');
  const override = readOverride(context, input.override);
  const timeZone = input.timeZone ?? null;
  const outcome = await changeBooking<{ bookingId: string }, CapacityRefusal>(
    context,
    {
      verb: 'reschedule',
      operation: 'rescheduleBooking',
      input,
      // Absent as it always was, so that a key repeated across an upgrade is the same request.
      more: { startsAt, providerId, override, timeZone, ...(variantId !== null && { variantId }) },
    },
    async ({ tx, booking, now, notDone }) => {
      const code = refusalOfMove(booking, now, override === null ? 'CLIENT' : 'STAFF_OVERRIDE');
      if (code !== null) throw notDone(violationOf(code));
      const to = { startsAt, providerId: providerId ?? booking.providerId, variantId, now };
      const moved = await moveBooking(tx, context.scheduling, {
        booking,
        offer: {
          ...offerToMove(booking, to),
          timeZone,
          rules: override === null ? 'CLIENT' : 'STAFF_OVERRIDE',
        },
        actor: actorOf(context.caller),
        now,
        reason: override,
      });
      if ('__typename' in moved) throw notDone(moved);
      return { bookingId: moved.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'BookingRescheduled', booking: outcome.booking } satisfies Rescheduled;
}

/** Whether a booking can still be moved at all: up to and at the deadline on the appointment's own calendar. */
export function refusalOfMove(
  booking: Booking,
  now: Date,
  rules: OfferRequest['rules'] = 'CLIENT',
): PolicyCode | null {
  if (booking.status !== 'CONFIRMED') return 'NOT_ACTIVE';
  if (now >= booking.startsAt) return 'ALREADY_STARTED';
  if (rules === 'STAFF_OVERRIDE') return null;
  if (booking.rescheduleCount >= booking.reschedulesMax) return 'RESCHEDULE_LIMIT';
  return now <= movableUntil(booking) ? null : 'RESCHEDULE_WINDOW';
}

/** Until when, inclusively, the rules let a booking be moved. */
export function movableUntil(booking: Booking): Date {
  const start = booking.startsAt.getTime() / 60_000;
  const deadline = deadlineBefore(openZone(booking.timeZone), start, booking.rescheduleWindowMinutes);
  return new Date(deadline * 60_000);
}

/** The same appointment at another time, or with somebody else: what was booked, where and for how many. */
export function offerToMove(
  booking: Booking,
  to: { startsAt: Date; providerId?: string | null; variantId?: string | null; now: Date },
): OfferRequest {
  return {
    serviceId: booking.serviceId,
    variantId: to.variantId ?? booking.variantId,
    addOnIds: booking.addOnIds,
    locationId: booking.locationId,
    providerId: to.providerId === undefined ? booking.providerId : to.providerId,
    startsAt: to.startsAt,
    seats: booking.seats,
    now: to.now,
    clientId: booking.clientId,
    movingBookingId: booking.id,
    rules: 'CLIENT',
  };
}
