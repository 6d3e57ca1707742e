import type { Transaction } from '@kept/database';

// Rows of several resources are locked in the order of all: whoever moves locks others' rows too, and one who gave back
// the last of them first would wait for each other with it.

/** Gives a confirmed booking's time back; the rows stay, so that one can see what blocked a day until they expire. */
export async function releaseBookedWindows(tx: Transaction, bookingId: string): Promise<void> {
  await tx.query(
    `UPDATE allocation a SET status = 'released' FROM (
       SELECT id FROM allocation WHERE owner_id = $1 AND status IN ('pending', 'confirmed')
       ORDER BY resource_id, lower(period) FOR UPDATE) AS own
     WHERE a.id = own.id`,
    [bookingId],
  );
}

/** Gives held time back. A hold that came to nothing leaves no trace in the arbiter. */
export async function releaseHeldWindows(tx: Transaction, holdIds: readonly string[]): Promise<void> {
  await tx.query(
    `DELETE FROM allocation a USING (
       SELECT id FROM allocation WHERE owner_id = ANY ($1::uuid[]) AND status = 'held'
       ORDER BY resource_id, lower(period) FOR UPDATE) AS own
     WHERE a.id = own.id`,
    [holdIds],
  );
}

/** Takes a block away: a session that nobody has a seat in, an absence that was called off. */
export async function releaseBlock(tx: Transaction, blockId: string): Promise<void> {
  await tx.query(
    `DELETE FROM allocation a USING (
       SELECT id FROM allocation WHERE owner_id = $1 AND owner_kind = 'block'
       ORDER BY resource_id, lower(period) FOR UPDATE) AS own
     WHERE a.id = own.id`,
    [blockId],
  );
}

/** Keeps a block until another instant, or for good (null). */
export async function keepBlock(tx: Transaction, blockId: string, until: Date | null): Promise<void> {
  await tx.query(
    `UPDATE allocation a SET status = CASE WHEN $2::timestamptz IS NULL THEN 'confirmed' ELSE 'held' END, expires_at = $2 FROM (
       SELECT id FROM allocation WHERE owner_id = $1 AND owner_kind = 'block'
       ORDER BY resource_id, lower(period) FOR UPDATE) AS own
     WHERE a.id = own.id`,
    [blockId, until],
  );
}
