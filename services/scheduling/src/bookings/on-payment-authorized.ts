import { attempt, type Transaction } from '@kept/database';
import { publish, type EventPayload } from '@kept/events';
import { holdWindows } from '../arbiter/hold-windows.ts';
import { byItself } from '../audit/actor.ts';
import { needIntake } from '../intake/intake-answers.ts';
import { renewCapacity } from '../offers/claim-capacity.ts';
import { readClaims } from '../offers/read-claims.ts';
import { isPaidByPass } from '../passes/redeem-pass.ts';
import type { Scheduling } from '../scheduling.ts';
import { acceptHold } from './accept-hold.ts';
import { bookedWindows } from './booked-resources.ts';
import type { Booking } from './booking.ts';
import { letExpire } from './let-expire.ts';
import { lockHold } from './lock-hold.ts';
import type { SlotHold } from './slot-hold.ts';

type Authorized = EventPayload<'payment.authorized'>;

/** What a slot is kept for: money that is reserved, or a card and the consent to charge it. */
type Paid = Pick<Authorized, 'bookingId' | 'holdId' | 'clientId'> &
  Partial<Pick<Authorized, 'amountMinor' | 'currency'>>;

/**
 * A deposit is authorised: the booking it was for is confirmed. When the payment came late, the same time is taken
 * once more if it is still free; otherwise payments is told to let the money go. Nobody is ever forced in.
 */
export function onPaymentAuthorized(
  tx: Transaction,
  scheduling: Scheduling,
  paid: Authorized,
): Promise<void> {
  return acceptPayment(tx, scheduling, paid);
}

/** The same when nothing is reserved yet, but a card and its holder's consent stand for it. */
export function onPaymentSecured(
  tx: Transaction,
  scheduling: Scheduling,
  { bookingId, holdId, clientId }: EventPayload<'payment.secured'>,
): Promise<void> {
  return acceptPayment(tx, scheduling, { bookingId, holdId, clientId });
}

async function acceptPayment(tx: Transaction, scheduling: Scheduling, paid: Paid): Promise<void> {
  const now = scheduling.clock();
  const found = await lockHold(tx, paid.holdId);
  if (found === null) return refuse(tx, paid, 'HOLD_UNKNOWN');
  const { hold, booking } = found;
  if (hold.status === 'CONSUMED') {
    // Paid for twice: the pass was first, so the money goes back.
    if (await isPaidByPass(tx, booking.id)) await refuse(tx, paid, 'PAID_BY_PASS');
    return;
  }
  const reason = mismatch(paid, booking) ?? refusalOf(booking, now) ?? (await refusalOfIntake(tx, booking));
  if (reason !== null) return refuse(tx, paid, reason);
  const actor = byItself('payment.authorized', 'PAYMENT');
  // What no money was paid for does not come back once its time is over.
  const comesBack = booking.depositMinor !== null;
  const inTime = hold.isLiveAt(now) || (comesBack && (await takeAgain(tx, { hold, booking, now })));
  const accepted =
    inTime && (await acceptHold(tx, scheduling, { hold, booking, actor, now, intakeSeen: true }));
  if (accepted !== false && !('__typename' in accepted)) return;
  if (booking.isHeld()) await letExpire(tx, scheduling, { booking, actor, now });
  return refuse(tx, paid, 'SLOT_TAKEN');
}

function mismatch(paid: Paid, booking: Booking): string | null {
  const same =
    paid.bookingId === booking.id &&
    paid.clientId === booking.clientId &&
    (paid.amountMinor === undefined ||
      (paid.amountMinor === booking.depositMinor && paid.currency === booking.currency));
  return same ? null : 'QUOTE_MISMATCH';
}

function refusalOf(booking: Booking, now: Date): string | null {
  if (booking.status === 'CANCELLED') return 'CANCELLED';
  if (booking.startsAt <= now) return 'TOO_LATE';
  return null;
}

/** The quote is not given out before the questions are answered; whoever pays by an older one gets the money back. */
async function refusalOfIntake(tx: Transaction, booking: Booking): Promise<string | null> {
  return (await needIntake(tx, [booking.id])).size > 0 ? 'INTAKE_MISSING' : null;
}

/** Takes the time of a hold that has run out once more, for as long as this transaction lasts: acceptHold makes it last. */
async function takeAgain(
  tx: Transaction,
  { hold, booking, now }: { hold: SlotHold; booking: Booking; now: Date },
): Promise<boolean> {
  const had = await readClaims(tx, booking.id);
  const windows = await bookedWindows(tx, booking);
  const expiresAt = new Date(now.getTime() + 60_000);
  try {
    await attempt(tx, async (inner) => {
      if (!(await holdWindows(inner, { id: hold.id, windows, now, expiresAt }))) throw new Taken();
      if (!(await renewCapacity(inner, { had, until: expiresAt, now }))) throw new Taken();
    });
  } catch (error) {
    if (error instanceof Taken) return false;
    throw error;
  }
  hold.status = 'LIVE';
  hold.expiresAt = expiresAt;
  return true;
}

class Taken extends Error {}

async function refuse(tx: Transaction, paid: Paid, reason: string): Promise<void> {
  await publish(tx, 'booking.refused', { bookingId: paid.bookingId, holdId: paid.holdId, reason });
}
