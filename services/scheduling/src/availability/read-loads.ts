import type { Transaction } from '@kept/database';

/** How busy a provider is: what a fair turn is decided by. */
export interface Load {
  /** Booked minutes ahead, within the service's fairness window. */
  readonly bookedMinutes: number;
  /** When their last appointment ended; null: never had one. */
  readonly lastEndedAt: Date | null;
}

const LOADS = `
SELECT p.id, COALESCE((
    SELECT sum(extract(epoch FROM b.ends_at - b.starts_at)) / 60 FROM booking b
    WHERE b.provider_id = p.id AND b.starts_at >= $2 AND b.starts_at < $3
      AND b.status IN ('PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED')), 0)::int AS minutes,
  (SELECT max(b.ends_at) FROM booking b WHERE b.provider_id = p.id AND b.starts_at < $2
     AND b.status IN ('CONFIRMED', 'COMPLETED', 'NO_SHOW')) AS last
FROM provider p WHERE p.id = ANY ($1::uuid[])`;

/** One query, however many providers. */
export async function readLoads(
  tx: Transaction,
  providerIds: readonly string[],
  { now, days }: { now: Date; days: number },
): Promise<ReadonlyMap<string, Load>> {
  const until = new Date(now.getTime() + days * 86_400_000);
  const rows = await tx.query<{ id: string; minutes: number; last: Date | null }>(LOADS, [
    providerIds,
    now,
    until,
  ]);
  return new Map(rows.map(({ id, minutes, last }) => [id, { bookedMinutes: minutes, lastEndedAt: last }]));
}
