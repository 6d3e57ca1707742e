import type { Transaction } from '@kept/database';

/**
 * Which of these people, rooms and devices somebody else has within a time. An expired hold takes nothing, and a booking
 * that moves is not in its own way. The lower bound is the longest row there can be, as everywhere.
 */
export const TAKEN_STATEMENT = `
SELECT DISTINCT a.resource_id FROM allocation a
WHERE a.resource_id = ANY ($1::uuid[]) AND a.starts_at > $2::timestamptz - interval '48 hours' AND a.starts_at < $3
  AND a.ends_at > $2 AND a.status IN ('held', 'pending', 'confirmed') AND (a.status <> 'held' OR a.expires_at > $4)
  AND ($5::uuid IS NULL OR a.owner_id <> $5 AND NOT EXISTS (
    SELECT FROM session_seat s JOIN group_session g ON g.id = s.session_id
    WHERE s.booking_id = $5 AND g.id = a.owner_id AND g.seats_taken = s.seats))`;

export async function readTaken(
  tx: Transaction,
  asked: {
    resourceIds: readonly string[];
    window: { start: Date; end: Date };
    now: Date;
    movingBookingId: string | null;
  },
): Promise<ReadonlySet<string>> {
  const { resourceIds, window, now, movingBookingId } = asked;
  const parameters = [resourceIds, window.start, window.end, now, movingBookingId];
  const rows = await tx.query<{ resource_id: string }>(TAKEN_STATEMENT, parameters);
  return new Set(rows.map((row) => row.resource_id));
}
