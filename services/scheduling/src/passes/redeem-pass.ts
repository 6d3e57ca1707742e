import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { Booking } from '../bookings/booking.ts';
import { lockPass, passRefused, refusalOfPass, type PassRefused } from './pass.ts';

/**
 * Pays for a booking with one credit, in the booking's own transaction: both are true or neither. Whoever comes second
 * for the last credit waits for the lock and is refused. A pass of somebody else does not exist.
 */
export async function redeemPass(
  tx: Transaction,
  { passId, booking, now }: { passId: string; booking: Booking; now: Date },
): Promise<PassRefused | null> {
  const pass = await lockPass(tx, passId);
  if (pass === null || pass.clientId !== booking.clientId) throw refused.notFound('pass');
  const covered = await tx.query(
    'SELECT FROM pass_product_service WHERE product_id = $1 AND service_id = $2',
    [pass.productId, booking.serviceId],
  );
  const refusal = refusalOfPass(pass, { startsAt: booking.startsAt, covered: covered.length > 0 });
  if (refusal !== null) return passRefused(refusal);
  await tx.query(
    'INSERT INTO pass_redemption (booking_id, organization_id, pass_id, redeemed_at) VALUES ($1, $2, $3, $4)',
    [booking.id, tx.organizationId, passId, now],
  );
  return null;
}

/** Whether a credit pays for a booking, so that no money is needed. */
export async function isPaidByPass(tx: Transaction, bookingId: string): Promise<boolean> {
  const redeemed = await tx.query('SELECT FROM pass_redemption WHERE booking_id = $1', [bookingId]);
  return redeemed.length > 0;
}
