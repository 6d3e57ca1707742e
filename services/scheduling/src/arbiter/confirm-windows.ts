import type { Transaction } from '@kept/database';

/**
 * Makes the rows of a hold the rows of its booking; pending while somebody decides, which blocks the same. False when the
 * hold has ended: re-acquire or refuse, never force. All of them or none, so a refusal leaves nothing behind.
 */
export async function confirmWindows(
  tx: Transaction,
  hold: { id: string; bookingId: string; windowCount: number; now: Date; as?: 'pending' | 'confirmed' },
): Promise<boolean> {
  const confirmed = await tx.query(
    `WITH own AS MATERIALIZED (
       SELECT id FROM allocation WHERE owner_id = $2 AND status = 'held' AND expires_at > $3
       ORDER BY resource_id, lower(period) FOR UPDATE)
     UPDATE allocation a SET status = $4, owner_kind = 'booking', owner_id = $1, expires_at = NULL FROM own
     WHERE a.id = own.id AND (SELECT count(*) FROM own) = $5 RETURNING a.id`,
    [hold.bookingId, hold.id, hold.now, hold.as ?? 'confirmed', hold.windowCount],
  );
  return confirmed.length === hold.windowCount;
}

/** Confirms the pending rows of a booking that was decided for. False when they are not all there. */
export async function approveWindows(
  tx: Transaction,
  { bookingId, windowCount }: { bookingId: string; windowCount: number },
): Promise<boolean> {
  const approved = await tx.query(
    `UPDATE allocation a SET status = 'confirmed' FROM (
       SELECT id FROM allocation WHERE owner_id = $1 AND status = 'pending'
       ORDER BY resource_id, lower(period) FOR UPDATE) AS own
     WHERE a.id = own.id RETURNING a.id`,
    [bookingId],
  );
  return approved.length === windowCount;
}
