import type { Database, Transaction } from '@kept/database';
import { ACCESS_TOKEN_SECONDS } from '../sessions/access-token.ts';
import { pastIsolations } from './declarations.ts';

/** Something that access tokens claim and that does not hold any more. */
export type Withdrawal =
  | { readonly kind: 'SESSION' | 'EMERGENCY'; readonly id: string }
  /** Tokens of this session with a lower generation. */
  | { readonly kind: 'TOKENS'; readonly id: string; readonly generation: number };

/** What a reader has seen, in PostgreSQL's own words: a snapshot (xmin:xmax:running). */
export type Cursor = string;

export interface WithdrawalsSince {
  readonly withdrawals: readonly Withdrawal[];
  readonly cursor: Cursor;
}

// As long as a token that was issued a moment before, three times over: clocks differ, and transactions take time.
const KEPT_SECONDS = 3 * ACCESS_TOKEN_SECONDS;
const BATCH = 5_000;

// In one statement, so that rows and cursor are of one snapshot. A sequence as the cursor would miss rows: numbers are given
// in another order than transactions commit (https://www.postgresql.org/docs/18/functions-info.html, pg_snapshot).
const READ = (where: string) => `
  SELECT pg_current_snapshot()::text AS cursor,
    (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('kind', kind, 'id', id, 'generation', generation))), '[]')
     FROM access_withdrawal WHERE ${where}) AS withdrawals`;
const READ_ALL = READ(`recorded_at > now() - interval '${KEPT_SECONDS} seconds'`);
const READ_SINCE = READ(
  `recorded_by >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(recorded_by, $1::pg_snapshot)`,
);

/** Everything withdrawn that a token could still claim, or what became visible since a cursor: nothing twice, nothing missed. */
export async function readWithdrawals(tx: Transaction, since?: Cursor): Promise<WithdrawalsSince> {
  const [read] = await tx.query<WithdrawalsSince>(
    since === undefined ? READ_ALL : READ_SINCE,
    since === undefined ? [] : [since],
  );
  if (!read) throw new Error('PostgreSQL gave no snapshot.');
  return read;
}

/** Deletes what no token can claim any more, and isolations of services whose history has run its time. */
export async function forgetWithdrawals({ database }: { database: Database }): Promise<number> {
  let gone = 0;
  for (let batch = BATCH; batch === BATCH; gone += batch) {
    const deleted = await database.infrastructure('forget withdrawals', (tx) =>
      tx.query(
        `DELETE FROM access_withdrawal WHERE position IN (
           SELECT position FROM access_withdrawal WHERE recorded_at <= now() - interval '${KEPT_SECONDS} seconds'
           ORDER BY recorded_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED) RETURNING position`,
      ),
    );
    batch = deleted.length;
  }
  // Those of organizations and people go with their organization's purge; a service belongs to none.
  await database.infrastructure('forget isolations of services', async (tx) => {
    await tx.query("SELECT set_config('kept.retention_rule', $1, true)", [pastIsolations.name]);
    await tx.query("DELETE FROM isolation WHERE kind = 'SERVICE' AND until <= now() - interval '24 months'");
  });
  return gone;
}
