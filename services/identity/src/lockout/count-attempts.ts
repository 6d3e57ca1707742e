import type { Transaction } from '@kept/database';
import type { AttemptScope } from './attempt-counter.ts';
import { LIMITS, UNTIL_UNLOCKED_MS } from './limits.ts';

/** What is counted: a scope and a keyed hash of whose. */
export interface AttemptKey {
  readonly scope: AttemptScope;
  readonly key: Buffer;
}

/** One attempt that was let through and counted. `lockedUntil` is set when it was the last one for now. */
export interface Charge extends AttemptKey {
  readonly lockedUntil: Date | null;
}

export interface Refused {
  readonly retryAfterSeconds: number;
}

// How long this failure shuts out: until somebody unlocks it, for long, for a moment that doubles, or not at all.
const LOCK = `CASE
    WHEN c.in_a_row + 1 >= $11::int THEN $4::timestamptz + $12::float8 * interval '1 ms'
    WHEN c.window_ends_at <= $4::timestamptz THEN NULL
    WHEN c.failures + 1 >= $9::int THEN $4::timestamptz + $10::float8 * interval '1 ms'
    WHEN c.failures + 1 >= $5::int THEN $4::timestamptz + least($7::float8 * 2 ^ c.locks, $8::float8)::float8 * interval '1 ms'
  END`;
// The three cases of an attempt that meets a row: the window is over and counting starts anew; a lock is over and this
// is the one attempt that is allowed before the next; or it is simply one more.
const CHARGE = `
  INSERT INTO attempt_counter AS c
    (organization_id, scope, key_hash, failures, locks, in_a_row, window_ends_at, locked_until, recent)
  VALUES ($1, $2, $3, 1, 0, 1, $4::timestamptz + $6::float8 * interval '1 ms', NULL, '{}')
  ON CONFLICT ON CONSTRAINT one_counter_per_scope_and_key DO UPDATE SET
    failures = CASE WHEN c.window_ends_at <= $4::timestamptz THEN 1 ELSE least(c.failures + 1, greatest($5::int, $9::int)) END,
    locks = CASE WHEN c.window_ends_at <= $4::timestamptz THEN 0 ELSE c.locks + (c.failures + 1 >= $5::int)::int END,
    in_a_row = c.in_a_row + 1,
    locked_until = ${LOCK},
    window_ends_at = greatest(${LOCK}, CASE WHEN c.window_ends_at <= $4
      THEN $4::timestamptz + $6::float8 * interval '1 ms' ELSE c.window_ends_at END),
    recent = CASE WHEN c.window_ends_at <= $4::timestamptz THEN '{}' ELSE c.recent END
  WHERE (c.locked_until IS NULL OR c.locked_until <= $4::timestamptz) AND (c.window_ends_at <= $4::timestamptz OR c.failures < $13::int)
  RETURNING c.locked_until`;
const NEVER = 2_000_000_000;

/**
 * Counts an attempt before it is looked at, in one statement: of any number of racers no more than `max` get through,
 * and a crash in between errs on the safe side. While locked, nothing is counted and nothing lengthens the lock.
 * `below`: only while fewer failures than this stand there, for attempts that bring no proof of work.
 */
export async function chargeAttempt(
  tx: Transaction,
  { scope, key, below = NEVER }: AttemptKey & { below?: number },
  now: Date,
): Promise<Charge | Refused> {
  const limit = LIMITS[scope];
  const { max, windowMs, lockMs, lockMaxMs, closeAt = NEVER, closeMs = 0, inARowMax = NEVER } = limit;
  const [charged] = await tx.query<{ locked_until: Date | null }>(CHARGE, [
    tx.organizationId,
    scope,
    key,
    now,
    max,
    windowMs,
    lockMs,
    lockMaxMs,
    closeAt,
    closeMs,
    inARowMax,
    UNTIL_UNLOCKED_MS,
    below,
  ]);
  return charged
    ? { scope, key, lockedUntil: charged.locked_until }
    : ((await lockOf(tx, { scope, key }, now)) ?? { retryAfterSeconds: 1 });
}

/** Whether attempts are being refused, without counting one. */
export async function lockOf(
  tx: Transaction,
  { scope, key }: AttemptKey,
  now: Date,
): Promise<Refused | undefined> {
  const [row] = await tx.query<{ locked_until: Date }>(
    'SELECT locked_until FROM attempt_counter WHERE scope = $1 AND key_hash = $2 AND locked_until > $3',
    [scope, key, now],
  );
  return row && { retryAfterSeconds: secondsUntil(row.locked_until, now) };
}

/** Takes a charge back: the attempt was right, was never looked at, or repeats one that counts already. */
export async function refundAttempt(tx: Transaction, charge: Charge): Promise<void> {
  await tx.query(
    `UPDATE attempt_counter SET failures = greatest(failures - 1, 0), in_a_row = greatest(in_a_row - 1, 0),
       locks = locks - (locked_until IS NOT NULL AND locked_until = $3)::int,
       locked_until = nullif(locked_until, $3)
     WHERE scope = $1 AND key_hash = $2`,
    [charge.scope, charge.key, charge.lockedUntil],
  );
}

/** What counters say before anything is counted; a counter that says nothing is left out. */
export interface CounterState {
  readonly scope: AttemptScope;
  readonly failures: number;
  readonly lockedUntil: Date | null;
  /** This very password was tried and wrong a moment ago: a misconfigured telephone is no attack (A14). */
  readonly triedBefore: boolean;
}

/** Reads several counters in one statement. */
export async function readCounters(
  tx: Transaction,
  keys: readonly AttemptKey[],
  { tried, now }: { tried: Buffer; now: Date },
): Promise<CounterState[]> {
  return tx.query<CounterState>(
    `SELECT scope, failures, CASE WHEN locked_until > $4 THEN locked_until END AS "lockedUntil",
       $3 = ANY (recent) AS "triedBefore"
     FROM attempt_counter
     WHERE (scope, key_hash) IN (SELECT * FROM unnest($1::text[], $2::bytea[])) AND window_ends_at > $4`,
    [keys.map(({ scope }) => scope), keys.map(({ key }) => key), tried, now],
  );
}

/** Refuses whatever a key stands for until an instant. What is refused already is refused no longer for it. */
export async function refuseUntil(
  tx: Transaction,
  { scope, key }: AttemptKey,
  { until, now }: { until: Date; now: Date },
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO attempt_counter AS c
       (organization_id, scope, key_hash, failures, locks, window_ends_at, locked_until, recent)
     VALUES ($1, $2, $3, 0, 0, $4, $4, '{}')
     ON CONFLICT ON CONSTRAINT one_counter_per_scope_and_key DO UPDATE SET window_ends_at = $4, locked_until = $4
       WHERE c.locked_until IS NULL OR c.locked_until <= $5
     RETURNING scope`,
    [tx.organizationId, scope, key, until, now],
  );
  return rows.length === 1;
}

/** The owner was there: failures in a row end, and what was closed until then stays closed for a day at most. */
export async function endRow(tx: Transaction, { scope, key }: AttemptKey, now: Date): Promise<void> {
  await tx.query(
    `UPDATE attempt_counter SET in_a_row = 0,
       locked_until = CASE WHEN locked_until IS NOT NULL THEN least(locked_until, $3::timestamptz + interval '24 hours') END,
       window_ends_at = least(window_ends_at, $3::timestamptz + interval '24 hours')
     WHERE scope = $1 AND key_hash = $2 AND in_a_row > 0`,
    [scope, key, now],
  );
}

/** Forgets what was counted, by whoever may unlock. */
export async function forgetCounters(tx: Transaction, keys: readonly AttemptKey[]): Promise<number> {
  const rows = await tx.query(
    `DELETE FROM attempt_counter
     WHERE (scope, key_hash) IN (SELECT * FROM unnest($1::text[], $2::bytea[])) RETURNING scope`,
    [keys.map(({ scope }) => scope), keys.map(({ key }) => key)],
  );
  return rows.length;
}

/** Remembers a wrong password, as a keyed hash, among the last three. */
export async function rememberWrong(
  tx: Transaction,
  { scope, key }: AttemptKey,
  tried: Buffer,
): Promise<void> {
  await tx.query(
    `UPDATE attempt_counter SET recent = (ARRAY[$3::bytea] || recent)[1:3]
     WHERE scope = $1 AND key_hash = $2 AND NOT $3 = ANY (recent)`,
    [scope, key, tried],
  );
}

export const isRefused = (answer: Charge | Refused): answer is Refused => 'retryAfterSeconds' in answer;

/** Whole seconds to wait, at least one. */
export const secondsUntil = (instant: Date, now: Date): number =>
  Math.max(1, Math.ceil((instant.getTime() - now.getTime()) / 1000));
