import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { BookingReference } from '../bookings/booking-reference.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import { CLOCK_SKEW_MS } from '../settlement/claim.ts';
import type { FeePurpose } from './fee.ts';

const MINUTE_MS = 60_000;

/**
 * Not coming, or calling off late, costs what the booking's terms say: written down once, to be charged later. Whoever
 * stands at the door, or says that it was a mistake, has the organization's grace for it, and clocks may be wrong.
 */
export async function noteFee(tx: Transaction, booking: BookingReference, now: Date): Promise<void> {
  const owed = owedFor(booking);
  const { currency } = booking;
  if (owed === null || currency === null) return;
  const { graceMinutes } = await readPolicy(tx);
  const counted = Math.max(now.getTime(), booking.startsAt?.getTime() ?? 0);
  const from = owed.purpose === 'NO_SHOW_FEE' ? counted : now.getTime();
  const dueAt = new Date(from + graceMinutes * MINUTE_MS + CLOCK_SKEW_MS);
  await tx.query(
    `INSERT INTO fee (id, organization_id, booking_id, client_id, purpose, agreed_minor, currency, due_at, state, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'WAITING', $9)
     ON CONFLICT ON CONSTRAINT one_fee_per_booking_and_purpose DO NOTHING`,
    [
      randomUUID(),
      booking.organizationId,
      booking.bookingId,
      booking.clientId,
      owed.purpose,
      owed.amountMinor.toString(),
      currency,
      dueAt,
      now,
    ],
  );
}

function owedFor(booking: BookingReference): { purpose: FeePurpose; amountMinor: bigint } | null {
  const { outcome, attended, noShowFeeMinor, cancelledLate, cancellationFeeMinor } = booking;
  if (outcome === 'COMPLETED' && attended === false && noShowFeeMinor !== null && noShowFeeMinor > 0n)
    return { purpose: 'NO_SHOW_FEE', amountMinor: noShowFeeMinor };
  // What scheduling's rules ask for in all; what is kept of a deposit is taken off when it is charged.
  const late = outcome === 'CANCELLED' && cancelledLate === true;
  return late && cancellationFeeMinor !== null && cancellationFeeMinor > 0n
    ? { purpose: 'LATE_CANCEL_FEE', amountMinor: cancellationFeeMinor }
    : null;
}
