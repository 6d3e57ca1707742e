import type { Transaction } from '@kept/database';
import { windowParameters, type BookedWindow } from './booked-window.ts';

/**
 * Moves a booking: lock its own rows and every live row in the new windows in one order, then delete and insert.
 * Procedure R6 of the measurements; delete + insert without the lock deadlocks when two bookings swap places
 * (42–46 %), updating the period as well.
 *
 * The rows are found through two indexes first, `owner_id = … OR EXISTS (…)` reads the whole table, and joined, not asked
 * with IN (limits/claim-limits.ts); `earliest` and `ends` are there for the index as in hold-windows.ts.
 */
export const LOCK_STATEMENT = `
WITH wanted AS MATERIALIZED (
  SELECT w.resource_id, w.period, lower(w.period) - interval '48 hours' AS earliest, upper(w.period) AS ends
  FROM unnest($2::uuid[], $3::tstzrange[]) AS w (resource_id, period)),
meant AS MATERIALIZED (
  SELECT own.id FROM allocation own WHERE own.owner_id = ANY ($1::uuid[]) AND own.status IN ('held', 'pending', 'confirmed')
  UNION
  SELECT other.id FROM wanted w
  JOIN allocation other ON other.resource_id = w.resource_id AND other.period && w.period
    AND other.starts_at > w.earliest AND other.starts_at < w.ends
    AND other.status IN ('held', 'pending', 'confirmed'))
SELECT a.id, a.owner_id, a.status, a.expires_at FROM allocation a JOIN meant m ON m.id = a.id
ORDER BY a.resource_id, lower(a.period) FOR UPDATE OF a`;

const TAKE = `
INSERT INTO allocation (id, organization_id, resource_id, owner_kind, owner_id, period, status)
SELECT gen_random_uuid(), $1, w.resource_id, 'booking', $2, w.period, $5
FROM unnest($3::uuid[], $4::tstzrange[]) AS w (resource_id, period)
ORDER BY w.resource_id, lower(w.period) ON CONFLICT DO NOTHING RETURNING id`;

export interface LockedRow {
  id: string;
  owner_id: string;
  status: string;
  expires_at: Date | null;
}

/** Locks the live rows of these owners and all that stand in these windows, in the one order of all. */
export function lockWindows(
  tx: Transaction,
  { owners, windows }: { owners: readonly string[]; windows: readonly BookedWindow[] },
): Promise<LockedRow[]> {
  return tx.query<LockedRow>(LOCK_STATEMENT, [owners, ...windowParameters(windows)]);
}

/**
 * False when somebody else has one of the new windows; the caller then rolls back. The new windows may be of other
 * resources, more or fewer, than the old ones; what was pending stays so.
 */
export async function moveWindows(
  tx: Transaction,
  move: { bookingId: string; windows: readonly BookedWindow[]; now: Date },
): Promise<boolean> {
  const [resources, periods] = windowParameters(move.windows);
  const locked = await lockWindows(tx, { owners: [move.bookingId], windows: move.windows });
  const inTheWay = locked.filter((row) => row.owner_id !== move.bookingId);
  const blocked = inTheWay.some(
    (row) => row.status !== 'released' && (row.expires_at === null || row.expires_at > move.now),
  );
  if (blocked) return false;
  const leaving = locked.filter((row) => row.owner_id === move.bookingId || row.status === 'held');
  await tx.query('DELETE FROM allocation WHERE id = ANY ($1::uuid[])', [leaving.map((row) => row.id)]);
  const pending = leaving.some((row) => row.owner_id === move.bookingId && row.status === 'pending');
  const status = pending ? 'pending' : 'confirmed';
  const taken = await tx.query(TAKE, [tx.organizationId, move.bookingId, resources, periods, status]);
  return taken.length === move.windows.length;
}
