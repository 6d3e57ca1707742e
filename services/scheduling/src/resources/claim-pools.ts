import type { Transaction } from '@kept/database';

/** So many things of a pool for a time; whole quanta of five minutes are counted, so that it is never less than needed. */
export interface PoolClaim {
  readonly poolId: string;
  readonly start: Date;
  readonly end: Date;
  readonly units: number;
}

const QUANTUM_MS = 5 * 60_000;
const quantum = (at: Date, round: (value: number) => number): number => round(at.getTime() / QUANTUM_MS);

/**
 * Gives back what a booking had (and what ran out in the way of it) and takes what is wanted, in one statement.
 *
 * Statement C1 of the measurements, grown to several pools and to claims that expire. Counters are touched once each, in one
 * order (pool, quantum), what falls together with what rises: two passes over them deadlock as soon as two bookings overlap
 * from both sides. The proposed row never holds less than nothing, because PostgreSQL checks it before it looks whether the
 * row exists. What would not fit is left alone and missed in the count; the constraint used_fits_the_capacity makes it true.
 */
export const CLAIM_STATEMENT = `
WITH wanted AS MATERIALIZED (
  SELECT w.resource_id, w.first_quantum, w.end_quantum, w.units, r.capacity
  FROM unnest($3::uuid[], $4::int[], $5::int[], $6::int[]) AS w (resource_id, first_quantum, end_quantum, units)
  JOIN resource r ON r.id = w.resource_id),
meant AS MATERIALIZED (
  SELECT own.id FROM capacity_claim own WHERE own.booking_id = $2
  UNION
  SELECT gone.id FROM wanted w JOIN capacity_claim gone ON gone.resource_id = w.resource_id
    AND gone.first_quantum > w.first_quantum - 576 AND gone.first_quantum < w.end_quantum
    AND gone.end_quantum > w.first_quantum AND gone.counted AND gone.expires_at <= $7),
leaving AS (
  SELECT c.id, c.booking_id, c.counted, c.expires_at FROM capacity_claim c JOIN meant m ON m.id = c.id
  ORDER BY c.resource_id, c.first_quantum, c.id FOR UPDATE OF c),
own AS (DELETE FROM capacity_claim c USING leaving l WHERE c.id = l.id AND l.booking_id = $2
  RETURNING c.resource_id, c.first_quantum, c.end_quantum, c.units, l.counted),
expired AS (UPDATE capacity_claim c SET counted = false FROM leaving l WHERE c.id = l.id AND l.booking_id <> $2 AND l.counted AND l.expires_at <= $7
  RETURNING c.resource_id, c.first_quantum, c.end_quantum, c.units, l.counted),
freed AS (SELECT * FROM own WHERE counted UNION ALL SELECT * FROM expired),
steps AS (
  SELECT w.resource_id, q.quantum, w.units AS change, w.capacity FROM wanted w,
    LATERAL generate_series(w.first_quantum, w.end_quantum - 1) AS q (quantum)
  UNION ALL
  SELECT f.resource_id, q.quantum, -f.units, NULL FROM freed f,
    LATERAL generate_series(f.first_quantum, f.end_quantum - 1) AS q (quantum)),
changes AS MATERIALIZED (
  SELECT resource_id, quantum, sum(change)::int AS change, max(capacity) AS capacity
  FROM steps GROUP BY resource_id, quantum),
counted AS (
  INSERT INTO capacity_use AS u (organization_id, resource_id, quantum, used, capacity)
  SELECT $1, c.resource_id, c.quantum, LEAST(GREATEST(c.change, 0), COALESCE(c.capacity, 0)), COALESCE(c.capacity, 0)
  FROM changes c WHERE c.change <= COALESCE(c.capacity, 0)
  ORDER BY c.resource_id, c.quantum
  ON CONFLICT (resource_id, quantum) DO UPDATE SET
    used = u.used + (SELECT c.change FROM changes c WHERE c.resource_id = excluded.resource_id AND c.quantum = excluded.quantum),
    capacity = CASE WHEN excluded.used > 0 THEN excluded.capacity ELSE u.capacity END
  WHERE excluded.used = 0 OR u.used + excluded.used <= excluded.capacity
  RETURNING 1),
claimed AS (
  INSERT INTO capacity_claim (id, organization_id, booking_id, resource_id, first_quantum, end_quantum, units, expires_at, counted)
  SELECT gen_random_uuid(), $1, $2, w.resource_id, w.first_quantum, w.end_quantum, w.units, $8, true FROM wanted w RETURNING 1)
SELECT (SELECT count(*) FROM changes)::int AS asked, (SELECT count(*) FROM counted)::int AS done,
       (SELECT count(*) FROM claimed)::int AS claims`;

/**
 * Takes pools for a booking in place of all that it had of them. False when one is full: the caller then rolls back.
 * `expiresAt` null: for good.
 */
export async function claimPools(
  tx: Transaction,
  wanted: { bookingId: string; claims: readonly PoolClaim[]; now: Date; expiresAt: Date | null },
): Promise<boolean> {
  const { claims } = wanted;
  const [row] = await tx.query<{ asked: number; done: number; claims: number }>(CLAIM_STATEMENT, [
    tx.organizationId,
    wanted.bookingId,
    claims.map(({ poolId }) => poolId),
    claims.map(({ start }) => quantum(start, Math.floor)),
    claims.map(({ end }) => quantum(end, Math.ceil)),
    claims.map(({ units }) => units),
    wanted.now,
    wanted.expiresAt,
  ]);
  return row !== undefined && row.done === row.asked && row.claims === claims.length;
}

/** Gives back what a booking had, and remembers it: whoever pays late asks for the same. */
export async function lapsePools(
  tx: Transaction,
  { bookingId, claims }: { bookingId: string; claims: readonly PoolClaim[] },
): Promise<void> {
  const since = new Date(0);
  await claimPools(tx, { bookingId, claims: [], now: since, expiresAt: null });
  await tx.query(
    `INSERT INTO capacity_claim (id, organization_id, booking_id, resource_id, first_quantum, end_quantum, units, expires_at, counted)
     SELECT gen_random_uuid(), $1, $2, c.*, $7, false FROM unnest($3::uuid[], $4::int[], $5::int[], $6::int[]) AS c`,
    [
      tx.organizationId,
      bookingId,
      claims.map(({ poolId }) => poolId),
      claims.map(({ start }) => quantum(start, Math.floor)),
      claims.map(({ end }) => quantum(end, Math.ceil)),
      claims.map(({ units }) => units),
      since,
    ],
  );
}

/** Keeps a booking's things until another instant, or for good (null). False when they ran out and others count them now. */
export async function keepPools(
  tx: Transaction,
  { bookingId, until, now }: { bookingId: string; until: Date | null; now: Date },
): Promise<boolean> {
  const rows = await tx.query<{ counted: boolean; expires_at: Date | null }>(
    `SELECT counted, expires_at FROM capacity_claim WHERE booking_id = $1
     ORDER BY resource_id, first_quantum, id FOR UPDATE`,
    [bookingId],
  );
  if (rows.some((row) => !row.counted || (row.expires_at !== null && row.expires_at <= now))) return false;
  if (rows.length > 0) {
    await tx.query('UPDATE capacity_claim SET expires_at = $2 WHERE booking_id = $1', [bookingId, until]);
  }
  return true;
}
