import type { Transaction } from '@kept/database';

/** Makes the rows of a hold the rows of its booking. False when the hold has ended: re-acquire or refuse, never force. */
export async function confirmWindows(
  tx: Transaction,
  hold: { id: string; bookingId: string; windowCount: number; now: Date },
): Promise<boolean> {
  const confirmed = await tx.query(
    `UPDATE allocation SET status = 'confirmed', owner_kind = 'booking', owner_id = $1, expires_at = NULL
     WHERE owner_id = $2 AND status = 'held' AND expires_at > $3 RETURNING id`,
    [hold.bookingId, hold.id, hold.now],
  );
  return confirmed.length === hold.windowCount;
}
