import type { Database } from '@kept/database';

/**
 * Counters held against what they count, counted once more: seats, things of pools, bookings of a period, credits. A claim
 * of what stands counts and has no end; one of what is over does not count.
 */
const DRIFT = `
SELECT 'seats of a session' AS drift FROM group_session g
  WHERE g.seats_taken <> (SELECT COALESCE(sum(s.seats), 0) FROM session_seat s WHERE s.session_id = g.id AND s.counted)
UNION ALL
SELECT 'time of a session' FROM group_session g
  WHERE (g.seats_taken > 0) <> EXISTS (SELECT FROM allocation a WHERE a.owner_id = g.id AND a.owner_kind = 'block')
UNION ALL
SELECT 'things of a pool' FROM capacity_use u
  WHERE u.used <> (SELECT COALESCE(sum(c.units), 0) FROM capacity_claim c
    WHERE c.resource_id = u.resource_id AND c.counted AND u.quantum >= c.first_quantum AND u.quantum < c.end_quantum)
UNION ALL
SELECT 'bookings of a period' FROM limit_use u
  WHERE u.used <> (SELECT count(*) FROM limit_claim c WHERE c.limit_id = u.limit_id AND c.subject_id = u.subject_id
    AND c.period_start = u.period_start AND c.counted)
UNION ALL
SELECT 'credits of a pass' FROM pass p
  WHERE p.used <> (SELECT count(*) FROM pass_redemption r WHERE r.pass_id = p.id AND r.returned_at IS NULL)
UNION ALL
SELECT c.what || CASE WHEN b.status IN ('CANCELLED', 'DECLINED', 'EXPIRED') THEN ' of what is over' ELSE ' that is missed' END
FROM booking b JOIN (
  SELECT booking_id, 'a seat' AS what, counted, expires_at FROM session_seat
  UNION ALL SELECT booking_id, 'a thing', counted, expires_at FROM capacity_claim
  UNION ALL SELECT booking_id, 'a count', counted, expires_at FROM limit_claim) AS c ON c.booking_id = b.id
WHERE CASE WHEN b.status IN ('CANCELLED', 'DECLINED', 'EXPIRED') THEN c.counted
  WHEN b.status IN ('CONFIRMED', 'PENDING_REVIEW', 'PENDING_APPROVAL') THEN NOT c.counted OR c.expires_at IS NOT NULL
  ELSE false END`;

/** Everything that is counted wrong in one organization; nothing when all is well. */
export async function drifts(database: Database, organizationId: string): Promise<string[]> {
  const rows = await database.transaction(organizationId, (tx) => tx.query<{ drift: string }>(DRIFT));
  return rows.map(({ drift }) => drift);
}
