import type { Transaction } from '@kept/database';

/** One booking more in a period of a limit. */
export interface LimitClaim {
  readonly limitId: string;
  /** The provider, the service or the client whose bookings are counted. */
  readonly subjectId: string;
  /** The first local date of the period, such as 2027-02-01. */
  readonly periodStart: string;
  readonly bookingsMax: number;
}

/**
 * Gives back what a booking counted for (and what ran out in the way of it) and counts it anew, in one statement and one
 * order; see CLAIM_STATEMENT of the pools, which this follows. Answers the limits that have no room left.
 *
 * `meant` is joined, not asked with IN: when a row has changed while it was waited for, PostgreSQL looks at the query again
 * for that row alone, and of what it finds in a subquery only the first row is still there. All others were forgotten.
 */
export const LIMIT_STATEMENT = `
WITH wanted AS MATERIALIZED (
  -- One that was taken away since it was read counts nothing.
  SELECT w.* FROM unnest($3::uuid[], $4::uuid[], $5::date[], $6::int[]) AS w (limit_id, subject_id, period_start, bookings_max)
  JOIN booking_limit l ON l.id = w.limit_id),
meant AS MATERIALIZED (
  SELECT own.booking_id, own.limit_id FROM limit_claim own WHERE own.booking_id = $2
  UNION
  SELECT gone.booking_id, gone.limit_id FROM wanted w JOIN limit_claim gone ON gone.limit_id = w.limit_id
    AND gone.subject_id = w.subject_id AND gone.period_start = w.period_start
    AND gone.counted AND gone.expires_at <= $7),
leaving AS (
  SELECT c.booking_id, c.limit_id, c.counted, c.expires_at
  FROM limit_claim c JOIN meant m ON m.booking_id = c.booking_id AND m.limit_id = c.limit_id
  ORDER BY c.limit_id, c.subject_id, c.period_start, c.booking_id FOR UPDATE OF c),
own AS (DELETE FROM limit_claim c USING leaving l
  WHERE c.booking_id = l.booking_id AND c.limit_id = l.limit_id AND l.booking_id = $2
  RETURNING c.limit_id, c.subject_id, c.period_start, l.counted),
expired AS (UPDATE limit_claim c SET counted = false FROM leaving l
  WHERE c.booking_id = l.booking_id AND c.limit_id = l.limit_id AND l.booking_id <> $2 AND l.counted AND l.expires_at <= $7
  RETURNING c.limit_id, c.subject_id, c.period_start, l.counted),
steps AS (
  SELECT w.limit_id, w.subject_id, w.period_start, 1 AS change, w.bookings_max FROM wanted w
  UNION ALL SELECT o.limit_id, o.subject_id, o.period_start, -1, NULL FROM own o WHERE o.counted
  UNION ALL SELECT e.limit_id, e.subject_id, e.period_start, -1, NULL FROM expired e),
changes AS MATERIALIZED (
  SELECT limit_id, subject_id, period_start, sum(change)::int AS change, max(bookings_max) AS bookings_max
  FROM steps GROUP BY limit_id, subject_id, period_start),
counted AS (
  INSERT INTO limit_use AS u (organization_id, limit_id, subject_id, period_start, used, bookings_max)
  SELECT $1, c.limit_id, c.subject_id, c.period_start, GREATEST(c.change, 0), COALESCE(c.bookings_max, 0)
  FROM changes c ORDER BY c.limit_id, c.subject_id, c.period_start
  ON CONFLICT (limit_id, subject_id, period_start) DO UPDATE SET
    used = u.used + (SELECT c.change FROM changes c WHERE c.limit_id = excluded.limit_id
      AND c.subject_id = excluded.subject_id AND c.period_start = excluded.period_start),
    bookings_max = CASE WHEN excluded.used > 0 THEN excluded.bookings_max ELSE u.bookings_max END
  WHERE excluded.used = 0 OR u.used + excluded.used <= excluded.bookings_max
  RETURNING u.limit_id, u.subject_id, u.period_start),
claimed AS (
  INSERT INTO limit_claim (booking_id, organization_id, limit_id, subject_id, period_start, expires_at, counted)
  SELECT $2, $1, w.limit_id, w.subject_id, w.period_start, $8, true
  FROM wanted w CROSS JOIN (SELECT count(*) FROM own) AS after_own RETURNING 1)
SELECT c.limit_id FROM changes c
WHERE (SELECT count(*) FROM claimed) >= 0 AND NOT EXISTS (
  SELECT FROM counted n WHERE n.limit_id = c.limit_id AND n.subject_id = c.subject_id AND n.period_start = c.period_start)`;

/**
 * Counts a booking in the periods it falls in, in place of those it was counted in. Answers the ids of the limits that are
 * used up: when there is one, the caller rolls back. `expiresAt` null: for good. No claims: gives all back.
 */
export async function claimLimits(
  tx: Transaction,
  wanted: { bookingId: string; claims: readonly LimitClaim[]; now: Date; expiresAt: Date | null },
): Promise<string[]> {
  const { claims } = wanted;
  const full = await tx.query<{ limit_id: string }>(LIMIT_STATEMENT, [
    tx.organizationId,
    wanted.bookingId,
    claims.map(({ limitId }) => limitId),
    claims.map(({ subjectId }) => subjectId),
    claims.map(({ periodStart }) => periodStart),
    claims.map(({ bookingsMax }) => bookingsMax),
    wanted.now,
    wanted.expiresAt,
  ]);
  return full.map((row) => row.limit_id);
}

/** Counts a booking no longer, and remembers what it counted for: whoever pays late asks for the same. */
export async function lapseLimits(
  tx: Transaction,
  { bookingId, claims }: { bookingId: string; claims: readonly LimitClaim[] },
): Promise<void> {
  const since = new Date(0);
  await claimLimits(tx, { bookingId, claims: [], now: since, expiresAt: null });
  await tx.query(
    `INSERT INTO limit_claim (booking_id, organization_id, limit_id, subject_id, period_start, expires_at, counted)
     SELECT $1, $2, c.*, $6, false FROM unnest($3::uuid[], $4::uuid[], $5::date[]) AS c (limit_id, subject_id, period_start)
     JOIN booking_limit l ON l.id = c.limit_id`,
    [
      bookingId,
      tx.organizationId,
      claims.map(({ limitId }) => limitId),
      claims.map(({ subjectId }) => subjectId),
      claims.map(({ periodStart }) => periodStart),
      since,
    ],
  );
}

/** Keeps a booking counted until another instant, or for good (null). False when it ran out and others count now. */
export async function keepLimits(
  tx: Transaction,
  { bookingId, until, now }: { bookingId: string; until: Date | null; now: Date },
): Promise<boolean> {
  const rows = await tx.query<{ counted: boolean; expires_at: Date | null }>(
    `SELECT counted, expires_at FROM limit_claim WHERE booking_id = $1
     ORDER BY limit_id, subject_id, period_start FOR UPDATE`,
    [bookingId],
  );
  if (rows.some((row) => !row.counted || (row.expires_at !== null && row.expires_at <= now))) return false;
  if (rows.length > 0) {
    await tx.query('UPDATE limit_claim SET expires_at = $2 WHERE booking_id = $1', [bookingId, until]);
  }
  return true;
}
