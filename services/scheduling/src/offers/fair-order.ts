import type { Transaction } from '@kept/database';

/** How much somebody has before them, and since when they wait. */
export interface Load {
  readonly providerId: string;
  /** Minutes that are booked within the fairness window, buffers included. */
  readonly upcomingMinutes: number;
  /** The start of the last appointment they had; null: none yet. */
  readonly lastBookedAt: Date | null;
}

/** What put somebody before the next one in the order. */
export type FairReason = 'FEWER_MINUTES' | 'LONGER_WAIT' | 'SAME_SO_BY_ID' | 'LAST';

export interface FairPlace extends Load {
  /** 1 is asked first. */
  readonly rank: number;
  readonly because: FairReason;
}

/**
 * The order in which providers are asked, and why. Fewest booked minutes ahead first, then whoever has waited longest since
 * their last appointment, then by id: the same calendar always gives the same order, so that anybody can check it (F19).
 */
export function fairOrder(loads: readonly Load[]): FairPlace[] {
  const ordered = loads.toSorted(
    (a, b) =>
      a.upcomingMinutes - b.upcomingMinutes ||
      waitOf(a) - waitOf(b) ||
      (a.providerId < b.providerId ? -1 : 1),
  );
  return ordered.map((load, index) => ({
    ...load,
    rank: index + 1,
    because: reasonOf(load, ordered[index + 1]),
  }));
}

/** Whoever was never booked has waited longest of all. */
const waitOf = (load: Load): number => load.lastBookedAt?.getTime() ?? 0;

function reasonOf(load: Load, next: Load | undefined): FairReason {
  if (next === undefined) return 'LAST';
  if (load.upcomingMinutes < next.upcomingMinutes) return 'FEWER_MINUTES';
  return waitOf(load) < waitOf(next) ? 'LONGER_WAIT' : 'SAME_SO_BY_ID';
}

/**
 * What the order is made of: one query. Read from the arbiter, so that colleagues of a collective appointment and sessions
 * count once each; what blocks somebody without being an appointment (time off) does not count.
 */
export const LOADS_STATEMENT = `
SELECT p.id AS "providerId",
  (SELECT COALESCE(round(sum(extract(epoch FROM a.ends_at - a.starts_at)) / 60), 0)::int FROM allocation a
   WHERE a.resource_id = p.id AND a.starts_at >= $2 AND a.starts_at < $3
     AND a.status IN ('held', 'pending', 'confirmed') AND (a.status <> 'held' OR a.expires_at > $2)
     AND (a.owner_kind <> 'block' OR EXISTS (SELECT FROM group_session g WHERE g.id = a.owner_id))) AS "upcomingMinutes",
  (SELECT b.starts_at FROM booking b WHERE b.provider_id = p.id AND b.starts_at < $2
     AND b.status IN ('CONFIRMED', 'COMPLETED', 'NO_SHOW') ORDER BY b.starts_at DESC LIMIT 1) AS "lastBookedAt"
FROM unnest($1::uuid[]) AS p (id)`;

/** The order in which these providers would be asked now. */
export async function readFairOrder(
  tx: Transaction,
  asked: { providerIds: readonly string[]; windowDays: number; now: Date },
): Promise<FairPlace[]> {
  const until = new Date(asked.now.getTime() + asked.windowDays * 86_400_000);
  return fairOrder(await tx.query<Load>(LOADS_STATEMENT, [asked.providerIds, asked.now, until]));
}
