import { attempt, type Transaction } from '@kept/database';
import { confirmWindows } from '../arbiter/confirm-windows.ts';
import type { Actor } from '../audit/actor.ts';
import { demandIntake } from '../intake/intake-answers.ts';
import { tellClient } from '../messages/tell-both-sides.ts';
import { keepCapacity } from '../offers/claim-capacity.ts';
import { readClaims, type Claims } from '../offers/read-claims.ts';
import { findSuspicions } from '../reviews/find-suspicions.ts';
import { openReview } from '../reviews/open-review.ts';
import type { Scheduling } from '../scheduling.ts';
import { endWaiting } from '../waitlist/settle-offer.ts';
import type { Booking } from './booking.ts';
import { announceConfirmed } from './announce-confirmed.ts';
import { saveBooking } from './save-booking.ts';
import { SlotHold } from './slot-hold.ts';
import { holdExpired, type HoldExpired } from './violations.ts';

/**
 * The client has done all they can: the time of the hold becomes the booking's. It stands at once, unless a rule found it
 * odd or the service asks for approval; then it blocks its time while a person decides.
 */
export async function acceptHold(
  tx: Transaction,
  scheduling: Scheduling,
  {
    hold,
    booking,
    actor,
    now,
    intakeSeen,
  }: {
    hold: SlotHold;
    booking: Booking;
    actor: Actor;
    now: Date;
    /** The caller has looked that all questions are answered. */
    intakeSeen?: true;
  },
): Promise<Booking | HoldExpired> {
  if (!hold.isLiveAt(now)) return holdExpired;
  if (intakeSeen !== true) await demandIntake(tx, booking.id);
  const suspicions = await findSuspicions(tx, scheduling, { booking, now });
  const unsuspicious = booking.approvalRequired ? 'PENDING_APPROVAL' : 'CONFIRMED';
  const next = suspicions.length > 0 ? 'PENDING_REVIEW' : unsuspicious;
  // Nobody can still decide about what has begun.
  if (next !== 'CONFIRMED' && booking.startsAt <= now) return holdExpired;
  const as = next === 'CONFIRMED' ? 'confirmed' : 'pending';
  const had = await readClaims(tx, booking.id);
  if (!(await keepTime(tx, { holdId: hold.id, had, now, as }))) return holdExpired;
  booking.accept(next, now);
  await tx.manager.update(SlotHold, { id: hold.id }, { status: 'CONSUMED' });
  hold.status = 'CONSUMED';
  const action = ACTIONS[next];
  await saveBooking(tx, booking, { scheduling, actor, action, now });
  if (next === 'PENDING_REVIEW') await openReview(tx, { booking, now });
  // A series is announced once, by whoever books it.
  const quietly = actor.channel === 'SERIES';
  if (next === 'CONFIRMED')
    await announceConfirmed(tx, scheduling, { holdId: hold.id, booking, fees: had.fees, now, quietly });
  else await tellClient(tx, booking, { template: 'booking-requested' });
  await endWaiting(tx, booking, now);
  return booking;
}

/** Both the time and what is counted beside it, or neither: a claim that another process counted out is lost. */
async function keepTime(
  tx: Transaction,
  { holdId, had, now, as }: { holdId: string; had: Claims; now: Date; as: 'pending' | 'confirmed' },
): Promise<boolean> {
  const confirm = { id: holdId, bookingId: had.bookingId, windowCount: had.windowCount, now, as };
  if (!had.seat && !had.pools && !had.limits) return confirmWindows(tx, confirm);
  try {
    await attempt(tx, async (inner) => {
      if (!(await confirmWindows(inner, confirm)) || !(await keepCapacity(inner, had, now))) throw new Lost();
    });
  } catch (error) {
    if (error instanceof Lost) return false;
    throw error;
  }
  return true;
}

class Lost extends Error {}

const ACTIONS = {
  CONFIRMED: 'booking_confirmed',
  PENDING_APPROVAL: 'booking_waits_for_approval',
  PENDING_REVIEW: 'booking_waits_for_review',
} as const;
