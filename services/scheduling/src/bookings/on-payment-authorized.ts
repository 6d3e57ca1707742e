import type { Transaction } from '@kept/database';
import { publish, type EventPayload } from '@kept/events';
import { invariant } from '@kept/subgraph-kit';
import { confirmWindows } from '../arbiter/confirm-windows.ts';
import { holdWindows } from '../arbiter/hold-windows.ts';
import { releaseHeldWindows } from '../arbiter/release-windows.ts';
import { byItself, recordChange } from '../audit/record-change.ts';
import type { Scheduling } from '../scheduling.ts';
import { becomeConfirmed } from './become-confirmed.ts';
import type { Booking } from './booking.ts';
import { lockHold } from './lock-hold.ts';
import { saveBooking } from './save-booking.ts';
import { SlotHold } from './slot-hold.ts';

type Authorized = EventPayload<'payment.authorized'>;

/**
 * A deposit is authorised: the booking it was for is confirmed. When the payment came late, the same time is taken
 * once more if it is still free; otherwise payments is told to let the money go. Nobody is ever forced in.
 */
export async function onPaymentAuthorized(
  tx: Transaction,
  scheduling: Scheduling,
  paid: Authorized,
): Promise<void> {
  const now = scheduling.clock();
  const found = await lockHold(tx, paid.holdId);
  if (found === null) return refuse(tx, paid, 'HOLD_UNKNOWN');
  const { hold, booking } = found;
  if (hold.status === 'CONSUMED') return;
  const reason = mismatch(paid, booking) ?? refusalOf(booking, now);
  if (reason !== null) return refuse(tx, paid, reason);
  if (!(await takeTime(tx, { hold, booking, now }))) {
    await expire(tx, { hold, booking, now });
    return refuse(tx, paid, 'SLOT_TAKEN');
  }
  await becomeConfirmed(tx, scheduling, { hold, booking, actor: byItself('payment.authorized'), now });
}

function mismatch(paid: Authorized, booking: Booking): string | null {
  const same =
    paid.bookingId === booking.id &&
    paid.clientId === booking.clientId &&
    paid.amountMinor === booking.depositMinor &&
    paid.currency === booking.currency;
  return same ? null : 'QUOTE_MISMATCH';
}

function refusalOf(booking: Booking, now: Date): string | null {
  if (booking.status === 'CANCELLED') return 'CANCELLED';
  if (booking.startsAt <= now) return 'TOO_LATE';
  return null;
}

async function takeTime(
  tx: Transaction,
  { hold, booking, now }: { hold: SlotHold; booking: Booking; now: Date },
): Promise<boolean> {
  const windows = booking.windows();
  const confirm = { id: hold.id, bookingId: booking.id, windowCount: windows.length, now };
  if (hold.isLiveAt(now) && (await confirmWindows(tx, confirm))) return true;
  // For as long as this transaction lasts; the next statement confirms it.
  const expiresAt = new Date(now.getTime() + 60_000);
  if (!(await holdWindows(tx, { id: hold.id, windows, now, expiresAt }))) {
    // Of several windows some may have been taken: give them back, because here nothing rolls back.
    await releaseHeldWindows(tx, [hold.id]);
    return false;
  }
  const confirmed = await confirmWindows(tx, confirm);
  invariant(confirmed, 'rows taken in this transaction are confirmed in it');
  return true;
}

async function expire(
  tx: Transaction,
  { hold, booking, now }: { hold: SlotHold; booking: Booking; now: Date },
): Promise<void> {
  if (!booking.isPending()) return;
  booking.expire();
  await saveBooking(tx, booking);
  await tx.manager.update(SlotHold, { id: hold.id }, { status: 'EXPIRED' });
  await recordChange(tx, {
    actor: byItself('payment.authorized'),
    action: 'slot_hold_expired',
    subject: { type: 'Booking', id: booking.id },
    dataSubjectId: booking.clientId,
    at: now,
  });
}

async function refuse(tx: Transaction, paid: Authorized, reason: string): Promise<void> {
  await publish(tx, 'booking.refused', { bookingId: paid.bookingId, holdId: paid.holdId, reason });
}
