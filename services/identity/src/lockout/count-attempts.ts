import type { Transaction } from '@kept/database';
import type { AttemptScope } from './attempt-counter.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** After `max` within `windowMs` everything is refused for `lockMs`; each further failure doubles that, up to `lockMaxMs`. */
interface Limit {
  readonly max: number;
  readonly windowMs: number;
  readonly lockMs: number;
  readonly lockMaxMs: number;
}

// Facts §4.3. About a dozen guesses a day against one account from all unknown devices together, far from NIST's 100.
const LIMITS: Readonly<Record<AttemptScope, Limit>> = {
  UNKNOWN_DEVICES: { max: 5, windowMs: 24 * HOUR_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: 4 * HOUR_MS },
  KNOWN_DEVICE: { max: 10, windowMs: 15 * MINUTE_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: 15 * MINUTE_MS },
  NETWORK: { max: 20, windowMs: 10 * MINUTE_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: 15 * MINUTE_MS },
  CODES: { max: 10, windowMs: HOUR_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: 24 * HOUR_MS },
  SIGN_UPS: { max: 30, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  MAILS: { max: 5, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
};

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

// The three cases of an attempt that meets a row: the window is over and counting starts anew; a lock is over and this
// is the one attempt that is allowed before the next; or it is simply one more.
const CHARGE = `
  INSERT INTO attempt_counter AS c
    (organization_id, scope, key_hash, failures, locks, window_ends_at, locked_until, recent)
  VALUES ($1, $2, $3, 1, 0, $4::timestamptz + $6::float8 * interval '1 ms', NULL, '{}')
  ON CONFLICT ON CONSTRAINT one_counter_per_scope_and_key DO UPDATE SET
    failures = CASE WHEN c.window_ends_at <= $4 THEN 1 ELSE least(c.failures + 1, $5) END,
    locks = CASE WHEN c.window_ends_at <= $4 THEN 0 ELSE c.locks + (c.failures + 1 >= $5)::int END,
    locked_until = CASE WHEN c.window_ends_at > $4 AND c.failures + 1 >= $5
      THEN $4::timestamptz + least($7 * 2 ^ c.locks, $8)::float8 * interval '1 ms' END,
    window_ends_at = CASE WHEN c.window_ends_at <= $4
      THEN $4::timestamptz + $6::float8 * interval '1 ms'
      ELSE greatest(c.window_ends_at, $4::timestamptz + least($7 * 2 ^ c.locks, $8)::float8 * interval '1 ms') END,
    recent = CASE WHEN c.window_ends_at <= $4 THEN '{}' ELSE c.recent END
  WHERE c.locked_until IS NULL OR c.locked_until <= $4
  RETURNING c.locked_until`;

/**
 * Counts an attempt before it is looked at, in one statement: of any number of racers no more than `max` get through,
 * and a crash in between errs on the safe side. While locked, nothing is counted and nothing lengthens the lock.
 */
export async function chargeAttempt(
  tx: Transaction,
  { scope, key }: AttemptKey,
  now: Date,
): Promise<Charge | Refused> {
  const { max, windowMs, lockMs, lockMaxMs } = LIMITS[scope];
  const parameters = [tx.organizationId, scope, key, now, max, windowMs, lockMs, lockMaxMs];
  const [charged] = await tx.query<{ locked_until: Date | null }>(CHARGE, parameters);
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
    `UPDATE attempt_counter SET failures = greatest(failures - 1, 0),
       locks = locks - (locked_until IS NOT NULL AND locked_until = $3)::int,
       locked_until = nullif(locked_until, $3)
     WHERE scope = $1 AND key_hash = $2`,
    [charge.scope, charge.key, charge.lockedUntil],
  );
}

/**
 * What a counter says before anything is counted: whether it refuses, and whether this very password was tried and
 * wrong a moment ago, because a misconfigured telephone is no attack (A14).
 */
export async function readCounter(
  tx: Transaction,
  { scope, key }: AttemptKey,
  { tried, now }: { tried: Buffer; now: Date },
): Promise<{ lock: Refused | undefined; triedBefore: boolean }> {
  const [row] = await tx.query<{ locked_until: Date | null; tried_before: boolean }>(
    `SELECT locked_until, $3 = ANY (recent) AS tried_before FROM attempt_counter
     WHERE scope = $1 AND key_hash = $2 AND window_ends_at > $4`,
    [scope, key, tried, now],
  );
  const until = row?.locked_until ?? null;
  const isLocked = until !== null && until > now;
  return {
    lock: isLocked ? { retryAfterSeconds: secondsUntil(until, now) } : undefined,
    triedBefore: row?.tried_before ?? false,
  };
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
