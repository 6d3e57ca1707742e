import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readStart } from '../input.ts';
import type { CapacityRefusal } from '../offers/claim-capacity.ts';
import type { ReassignBookingInput } from '../schema-types.ts';
import { changeBooking } from './change-booking.ts';
import { moveBooking } from './move-booking.ts';
import { readOverride } from './override.ts';
import { offerToMove, type Rescheduled } from './reschedule-booking.ts';
import { violationOf } from './violations.ts';

/**
 * Gives a booking to another provider, because its own cannot. That is the business's doing: it neither counts against the
 * client's moves nor asks for their window.
 */
export async function reassignBooking(context: SchedulingContext, input: ReassignBookingInput) {
  const providerId = input.providerId == null ? null : readId(input.providerId, 'providerId');
  const startsAt = input.startsAt == null ? null : readStart(input.startsAt, 'startsAt');
  const override = readOverride(context, input.override);
  const outcome = await changeBooking<{ bookingId: string }, CapacityRefusal>(
    context,
    { verb: 'reassign', operation: 'reassignBooking', input, more: { providerId, startsAt, override } },
    async ({ tx, booking, now, notDone }) => {
      if (booking.status !== 'CONFIRMED') throw notDone(violationOf('NOT_ACTIVE'));
      if (now >= booking.startsAt) throw notDone(violationOf('ALREADY_STARTED'));
      if (providerId === booking.providerId) throw notDone(violationOf('NOTHING_TO_CHANGE'));
      const to = { startsAt: startsAt ?? booking.startsAt, providerId, now };
      const moved = await moveBooking(tx, context.scheduling, {
        booking,
        offer: {
          ...offerToMove(booking, to),
          rules: override === null ? 'CLIENT' : 'STAFF_OVERRIDE',
          exceptProviderId: booking.providerId,
        },
        actor: actorOf(context.caller),
        now,
        reason: override,
        counts: false,
      });
      if ('__typename' in moved) throw notDone(moved);
      return { bookingId: moved.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'BookingRescheduled', booking: outcome.booking } satisfies Rescheduled;
}
