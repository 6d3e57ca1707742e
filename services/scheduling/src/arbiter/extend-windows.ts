import type { Transaction } from '@kept/database';

/** Keeps the rows of a hold until later. False when they are not all there any more: then nothing was kept. */
export async function extendWindows(
  tx: Transaction,
  hold: { id: string; windowCount: number; now: Date; expiresAt: Date },
): Promise<boolean> {
  const extended = await tx.query(
    `UPDATE allocation a SET expires_at = $3 FROM (
       SELECT id FROM allocation WHERE owner_id = $1 AND status = 'held' AND expires_at > $2
       ORDER BY resource_id, lower(period) FOR UPDATE) AS own
     WHERE a.id = own.id RETURNING a.id`,
    [hold.id, hold.now, hold.expiresAt],
  );
  return extended.length === hold.windowCount;
}
