import type { Transaction } from '@kept/database';

/**
 * How many slots a client keeps at this moment, the one being taken among them. The lock makes two requests of one
 * client count one after the other; it is taken after the allocation, as everywhere, and ends with the transaction.
 */
export async function countLiveHolds(tx: Transaction, clientId: string, now: Date): Promise<number> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [liveHoldsKey(clientId)]);
  return countUnderLock(tx, clientId, now);
}

/** What is locked while the holds of a client are counted. */
export const liveHoldsKey = (clientId: string): string => `live holds of ${clientId}`;

/** The same for whoever has the lock; in a statement of its own, or it would not see what it waited for. */
export async function countUnderLock(tx: Transaction, clientId: string, now: Date): Promise<number> {
  const [row] = await tx.query<{ live: number }>(
    `SELECT count(*)::int AS live FROM slot_hold h JOIN booking b ON b.id = h.booking_id
     WHERE h.client_id = $1 AND h.status = 'LIVE' AND h.expires_at > $2 AND b.origin IN ('BOOKED', 'REQUEST')`,
    [clientId, now],
  );
  return row?.live ?? 0;
}
