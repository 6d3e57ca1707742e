import { randomUUID } from 'node:crypto';
import type { Payments } from '../context.ts';
import type { Tally } from './tally.ts';

export type Scope = 'WINDOW' | 'FULL';

/** How far a run has come; a run that died goes on where its last stretch ended. */
export interface Run {
  id: string;
  scope: Scope;
  periodTo: Date;
  reached: Date;
  startedAt: Date;
  /** How much is looked at before it is written down how far it has come. */
  stretchMs: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What is younger is still on its way between the processor, its webhooks and us. */
const SETTLING_MS = 2 * 60_000;
/** The window begins this long before the last one ended: clocks differ, and what was on its way then has arrived. */
const OVERLAP_MS = 2 * HOUR;
const LEASE_MS = 10 * 60_000;
const STRETCHES_MAX = 64;
const COLUMNS = `id, scope, period_from AS "periodFrom", period_to AS "periodTo", reached, started_at AS "startedAt"`;

type Row = Omit<Run, 'stretchMs'> & { periodFrom: Date };

/**
 * The run that was begun and not finished, or a new one; null while another process works on it. Its row is the lock: a
 * lease that a process which died does not renew.
 */
export async function takeRun(payments: Payments, scope: Scope): Promise<Run | null> {
  const now = payments.clock();
  const leasedUntil = new Date(now.getTime() + LEASE_MS);
  const row = await payments.database.infrastructure('reconcile-payments', async (tx) => {
    const [begun] = await tx.query<{ id: string }>(
      `SELECT id FROM reconciliation_run WHERE scope = $1 AND state = 'RUNNING'`,
      [scope],
    );
    if (begun !== undefined) {
      const [taken] = await tx.query<Row>(
        `WITH taken AS (UPDATE reconciliation_run SET leased_until = $3 WHERE id = $1 AND leased_until <= $2 RETURNING *)
         SELECT ${COLUMNS} FROM taken`,
        [begun.id, now, leasedUntil],
      );
      return taken ?? null;
    }
    const to = new Date(now.getTime() - SETTLING_MS);
    const [made] = await tx.query<Row>(
      `WITH made AS (
         INSERT INTO reconciliation_run (id, scope, period_from, period_to, reached, leased_until, started_at)
         SELECT $1::uuid, $2::text, since, $3::timestamptz, since, $4::timestamptz, $5::timestamptz FROM (
           SELECT least($3::timestamptz - interval '1 second', CASE WHEN $2 = 'FULL' THEN (SELECT min(created_at) FROM organization)
             ELSE coalesce((SELECT max(period_to) FROM reconciliation_run WHERE scope = 'WINDOW' AND state = 'DONE'),
               $5::timestamptz - interval '1 day') - $6::int * interval '1 millisecond' END) AS since) AS start
         ON CONFLICT DO NOTHING RETURNING *)
       SELECT ${COLUMNS} FROM made`,
      [randomUUID(), scope, to, leasedUntil, now, OVERLAP_MS],
    );
    return made ?? null;
  });
  if (row === null) return null;
  const span = row.periodTo.getTime() - row.periodFrom.getTime();
  return { ...row, stretchMs: Math.max(scope === 'FULL' ? DAY : 6 * HOUR, span / STRETCHES_MAX) };
}

/** Written down after each stretch; with the last one the run is done. The lease goes on, or ends. */
export async function reach(
  payments: Payments,
  run: Run,
  { until, tally }: { until: Date; tally: Tally },
): Promise<void> {
  const now = payments.clock();
  const isDone = until >= run.periodTo;
  await payments.database.infrastructure('reconcile-payments', (tx) =>
    tx.query(
      `UPDATE reconciliation_run SET reached = $2, looked_at = looked_at + $3, repaired = repaired + $4,
         incidents = incidents + $5, leased_until = $6, state = $7, finished_at = $8 WHERE id = $1`,
      [
        run.id,
        until,
        tally.lookedAt,
        tally.repaired,
        tally.incidents,
        new Date(now.getTime() + LEASE_MS),
        isDone ? 'DONE' : 'RUNNING',
        isDone ? now : null,
      ],
    ),
  );
  run.reached = until;
}

/** Whoever could not go on lets the next one begin at once. */
export async function giveBack(payments: Payments, run: Run): Promise<void> {
  await payments.database.infrastructure('reconcile-payments', (tx) =>
    tx.query('UPDATE reconciliation_run SET leased_until = $2 WHERE id = $1', [run.id, payments.clock()]),
  );
}

/** Whether a day has passed since everything was looked at; runs are forgotten after 90 days. */
export async function isFullRunDue(payments: Payments): Promise<boolean> {
  const now = payments.clock();
  return payments.database.infrastructure('reconcile-payments', async (tx) => {
    await tx.query(
      `DELETE FROM reconciliation_run WHERE state = 'DONE' AND started_at < $1::timestamptz - interval '90 days'`,
      [now],
    );
    const recent = await tx.query(
      `SELECT FROM reconciliation_run WHERE scope = 'FULL' AND state = 'DONE'
         AND started_at > $1::timestamptz - interval '23 hours' LIMIT 1`,
      [now],
    );
    return recent.length === 0;
  });
}
