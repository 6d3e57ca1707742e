import type { Transaction } from '@kept/database';

/**
 * Makes the rows of a hold the rows of its booking: taken for good, or pending while somebody must still agree to it. False
 * when the hold has ended: re-acquire or refuse, never force.
 */
export async function confirmWindows(
  tx: Transaction,
  hold: { id: string; bookingId: string; windowCount: number; now: Date; as?: 'confirmed' | 'pending' },
): Promise<boolean> {
  const confirmed = await tx.query(
    `UPDATE allocation SET status = $4, owner_kind = 'booking', owner_id = $1, expires_at = NULL
     WHERE owner_id = $2 AND status = 'held' AND expires_at > $3 RETURNING id`,
    [hold.bookingId, hold.id, hold.now, hold.as ?? 'confirmed'],
  );
  return confirmed.length === hold.windowCount;
}

/** Makes pending rows final once somebody agreed. Pending rows keep out everybody else already, so nothing can be lost. */
export async function confirmPendingWindows(tx: Transaction, bookingId: string): Promise<void> {
  await tx.query(`UPDATE allocation SET status = 'confirmed' WHERE owner_id = $1 AND status = 'pending'`, [
    bookingId,
  ]);
}
