import type { Transaction } from '@kept/database';
import { holdWindows } from '../arbiter/hold-windows.ts';
import type { Actor } from '../audit/actor.ts';
import type { Candidate, ChosenOffer, OfferRequest } from '../offers/choose-offer.ts';
import { claimCapacity, countsBeside, type CapacityRefusal } from '../offers/claim-capacity.ts';
import { shareCounters } from '../offers/counters-gate.ts';
import { writeFees, type Fees } from '../offers/fee.ts';
import { NotHad, tryCandidates } from '../offers/try-candidates.ts';
import type { Scheduling } from '../scheduling.ts';
import { textPlace } from './booking-texts.ts';
import type { Booking, BookingOrigin } from './booking.ts';
import { countLiveHolds, countUnderLock, liveHoldsKey } from './count-live-holds.ts';
import { draftBooking, draftHold } from './draft-booking.ts';
import { insertBooking } from './save-booking.ts';
import { HOLD_MINUTES, LIVE_HOLDS_MAX, type SlotHold } from './slot-hold.ts';
import { liveHoldsReached, slotUnavailable, violationOf } from './violations.ts';
import { writeHold } from './write-hold.ts';

export interface HoldWish {
  readonly offer: OfferRequest;
  readonly client: { readonly id: string };
  readonly notes: string | null;
  readonly actor: Actor;
  readonly now: Date;
  readonly holdMinutes?: number;
  readonly origin: BookingOrigin;
  /** Why staff pass a rule, in their words. */
  readonly overrideReason?: string;
  /** The caller ends the transaction when this is refused. */
  readonly refusalEndsAll?: true;
}

export interface HeldSlot {
  readonly hold: SlotHold;
  readonly booking: Booking;
  /** What not coming and cancelling late cost. */
  readonly fees: Fees;
}

/**
 * Keeps a slot for some minutes: of all who could give it, the first whose time the arbiter gives. A refusal leaves
 * nothing behind, so the caller may ask for another in the same transaction.
 */
export async function holdSlot(
  tx: Transaction,
  scheduling: Scheduling,
  wish: HoldWish,
): Promise<HeldSlot | CapacityRefusal> {
  const { offer: request, refusalEndsAll = false } = wish;
  return tryCandidates(tx, { request, refusalEndsAll }, (inner, chosen, candidate) =>
    take(inner, scheduling, { wish, chosen, candidate }),
  );
}

async function take(
  tx: Transaction,
  scheduling: Scheduling,
  { wish, chosen, candidate }: { wish: HoldWish; chosen: ChosenOffer; candidate: Candidate },
): Promise<HeldSlot> {
  const { offer, client, actor, now, origin } = wish;
  if (origin === 'REQUEST' && !chosen.service.anonymousRequests)
    throw new NotHad(violationOf('SIGN_IN_REQUIRED'));
  const booking = draftBooking({
    organizationId: chosen.service.organizationId,
    serviceId: chosen.service.id,
    clientId: client.id,
    startsAt: offer.startsAt,
    seats: offer.seats,
    terms: chosen.terms,
    candidate,
    origin,
    heldUntil: new Date(now.getTime() + (wish.holdMinutes ?? HOLD_MINUTES) * 60_000),
    now,
  });
  const hold = draftHold(booking);
  const { windows } = candidate;
  if (countsBeside(candidate)) await shareCounters(tx);
  if (!(await holdWindows(tx, { ...hold, windows, now }))) throw new NotHad(slotUnavailable);
  const { keyring } = scheduling;
  if (wish.notes !== null) booking.notes = await keyring.seal(tx, textPlace(booking, 'notes'), wish.notes);
  if (wish.overrideReason !== undefined) {
    booking.overrideReason = await keyring.seal(
      tx,
      textPlace(booking, 'override_reason'),
      wish.overrideReason,
    );
  }
  const reasonCode = offer.rules === 'STAFF_OVERRIDE' ? { reasonCode: 'STAFF_OVERRIDE' } : {};
  await insertBooking(tx, booking, { scheduling, actor, action: 'slot_held', now, ...reasonCode });
  // What a series or a waitlist keeps for somebody is not what they keep for themselves.
  const counts = origin === 'BOOKED' || origin === 'REQUEST';
  // After the allocation and the counters: locks are always taken in this order.
  const lockNow = counts && !countsBeside(candidate);
  const lock = lockNow ? liveHoldsKey(client.id) : null;
  await writeHold(tx, { hold, resources: candidate.resources, lock });
  await writeFees(tx, booking.id, chosen.terms);
  const refusal = await claimCapacity(tx, { booking, candidate, until: hold.expiresAt, now });
  if (refusal !== null) throw new NotHad(refusal);
  const count = lockNow ? countUnderLock : countLiveHolds;
  if (counts && (await count(tx, client.id, now)) > LIVE_HOLDS_MAX) throw new NotHad(liveHoldsReached);
  return { hold, booking, fees: chosen.terms };
}
