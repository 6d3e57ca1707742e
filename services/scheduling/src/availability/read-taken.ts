import type { Transaction } from '@kept/database';
import type { Span } from './engine/intervals.ts';
import type { Taken } from './engine/explain.ts';
import { instantOf } from './read-calendars.ts';

// Absences stand in the arbiter as blocks too; they are told as absences, by their own tables. A block of a group session is
// an appointment of others, whatever seats it has left.
const TAKEN = `
SELECT a.resource_id, a.status, COALESCE(b.id, hb.id) AS booking_id,
  floor(extract(epoch FROM a.starts_at) / 60)::int AS start_minute, ceil(extract(epoch FROM a.ends_at) / 60)::int AS end_minute,
  (extract(epoch FROM COALESCE(b.starts_at, hb.starts_at, g.starts_at)) / 60)::int AS visible_start,
  (extract(epoch FROM COALESCE(b.ends_at, hb.ends_at, g.ends_at)) / 60)::int AS visible_end
FROM allocation a
LEFT JOIN booking b ON a.owner_kind = 'booking' AND b.id = a.owner_id
LEFT JOIN slot_hold h ON a.owner_kind = 'hold' AND h.id = a.owner_id
LEFT JOIN booking hb ON hb.id = h.booking_id
LEFT JOIN group_session g ON a.owner_kind = 'block' AND g.id = a.owner_id
WHERE a.resource_id = ANY ($1::uuid[]) AND a.starts_at > $2::timestamptz - interval '48 hours' AND a.starts_at < $3
  AND a.ends_at > $2 AND a.status IN ('held', 'pending', 'confirmed') AND (a.status <> 'held' OR a.expires_at > $4)
  AND (a.owner_kind <> 'block' OR g.id IS NOT NULL)
ORDER BY a.resource_id, a.starts_at`;

interface TakenRow {
  resource_id: string;
  status: string;
  booking_id: string | null;
  start_minute: number;
  end_minute: number;
  visible_start: number | null;
  visible_end: number | null;
}

/** What has the time of these providers around a start, and whose it is: one query. For staff alone. */
export async function readTaken(
  tx: Transaction,
  providerIds: readonly string[],
  { range, now }: { range: Span; now: Date },
): Promise<ReadonlyMap<string, Taken[]>> {
  const takenOf = new Map<string, Taken[]>(providerIds.map((id) => [id, []]));
  const rows = await tx.query<TakenRow>(TAKEN, [
    providerIds,
    instantOf(range.start),
    instantOf(range.end),
    now,
  ]);
  for (const row of rows) {
    const { visible_start: start, visible_end: end } = row;
    takenOf.get(row.resource_id)?.push({
      code: row.status === 'held' ? 'HELD' : 'BOOKED',
      ownerId: row.booking_id,
      padded: { start: row.start_minute, end: row.end_minute },
      visible: start === null || end === null ? null : { start, end },
    });
  }
  return takenOf;
}
