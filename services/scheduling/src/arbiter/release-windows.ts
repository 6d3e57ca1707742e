import type { Transaction } from '@kept/database';

/** Gives a confirmed booking's time back; the rows stay, so that one can see what blocked a day until they expire. */
export async function releaseBookedWindows(tx: Transaction, bookingId: string): Promise<void> {
  await tx.query(
    `UPDATE allocation SET status = 'released' WHERE owner_id = $1 AND status IN ('pending', 'confirmed')`,
    [bookingId],
  );
}

/** Gives held time back. A hold that came to nothing leaves no trace in the arbiter. */
export async function releaseHeldWindows(tx: Transaction, holdIds: readonly string[]): Promise<void> {
  await tx.query(`DELETE FROM allocation WHERE owner_id = ANY ($1::uuid[]) AND status = 'held'`, [holdIds]);
}
