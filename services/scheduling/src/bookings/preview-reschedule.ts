import { attempt, type Transaction } from '@kept/database';
import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readStart } from '../input.ts';
import type { CapacityRefusal } from '../offers/claim-capacity.ts';
import type { ReschedulePreview, ReschedulePreviewInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { Booking } from './booking.ts';
import { demandVerb, lockBooking } from './find-booking.ts';
import { moveBooking } from './move-booking.ts';
import { movableUntil, offerToMove, refusalOfMove } from './reschedule-booking.ts';
import { violationOf } from './violations.ts';

/** What a rehearsal came to; thrown, so that the savepoint undoes what was rehearsed. */
class Rehearsed extends Error {
  constructor(readonly outcome: Booking | CapacityRefusal) {
    super('rehearsed');
  }
}

/** What moving a booking now would come to: with a start, the move itself is rehearsed and undone. */
export function previewReschedule(
  context: SchedulingContext,
  input: ReschedulePreviewInput,
): Promise<ReschedulePreview> {
  const id = readId(input.bookingId, 'bookingId');
  const startsAt = input.startsAt == null ? null : readStart(input.startsAt, 'startsAt');
  const providerId = input.providerId == null ? null : readId(input.providerId, 'providerId');
  const variantId = input.variantId == null ? null : readId(input.variantId, 'variantId');
  return inOrganization(context, async (tx) => {
    const now = context.clock();
    const booking = await lockBooking(tx, id);
    demandVerb(context.ability, 'reschedule', booking);
    const code = refusalOfMove(booking, now);
    const to = {
      startsAt: startsAt ?? booking.startsAt,
      providerId: providerId ?? booking.providerId,
      variantId,
    };
    const before = booking.priceMinor;
    const asked = startsAt !== null && code === null;
    const outcome = asked ? await rehearse(tx, context, { booking, to, now }) : null;
    const refused = outcome !== null && '__typename' in outcome ? outcome : null;
    const moved = outcome instanceof Booking ? outcome : null;
    const { version, currency } = booking;
    return {
      version,
      refusal: code === null ? policyOf(refused) : violationOf(code),
      free: code === null && refused === null,
      startsAt: moved?.startsAt ?? null,
      endsAt: moved?.endsAt ?? null,
      movesLeft: booking.reschedulesMax - (moved?.rescheduleCount ?? booking.rescheduleCount),
      movableUntil: movableUntil(booking),
      price: { amountMinor: before, currency },
      priceThen: moved === null ? null : { amountMinor: moved.priceMinor, currency },
      fee: { amountMinor: 0, currency },
    };
  });
}

function policyOf(refused: CapacityRefusal | null) {
  return refused?.__typename === 'PolicyViolation' ? refused : null;
}

async function rehearse(
  tx: Transaction,
  { scheduling, caller }: SchedulingContext,
  {
    booking,
    to,
    now,
  }: {
    booking: Booking;
    to: { startsAt: Date; providerId: string; variantId: string | null };
    now: Date;
  },
): Promise<Booking | CapacityRefusal> {
  try {
    return await attempt(tx, async (inner): Promise<never> => {
      const offer = offerToMove(booking, { ...to, now });
      const actor = actorOf(caller);
      throw new Rehearsed(await moveBooking(inner, scheduling, { booking, offer, actor, now, reason: null }));
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.outcome;
    throw error;
  }
}
