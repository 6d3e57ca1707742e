import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '@kept/local-stack';
import pg from 'pg';

/** Spread over so many days before now, so that a run has many stretches. */
const DAYS = 20;

async function inPayments<T>(stack: Stack, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = new URL(stack.adminUrl);
  url.pathname = '/kept_payments';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** How many payments have been taken. */
export const capturedCount = (stack: Stack): Promise<number> =>
  inPayments(stack, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM payment WHERE status = 'CAPTURED'`,
    );
    return rows[0]?.count ?? 0;
  });

export interface Stored {
  organizationId: string;
  payments: { id: string; opId: string; created: number }[];
}

/**
 * Stores so many more payments that were taken: copies of one that was made through the graph, with its operations, its ledger
 * and its notice. Written as the superuser with triggers and foreign keys off, or it would take an hour; indexes are on.
 */
export function storePayments(stack: Stack, count: number): Promise<Stored> {
  return inPayments(stack, async (client) => {
    await client.query('SET session_replication_role = replica');
    await client.query('SET synchronous_commit = off');
    await client.query(
      `CREATE TABLE filled AS
       SELECT gen_random_uuid() AS id, gen_random_uuid() AS booking_id, gen_random_uuid() AS op_id, p.id AS like_id,
         p.booking_id AS like_booking, now() - interval '3 hours' - interval '${DAYS} days' * (n::float / $1::int) AS at
       FROM generate_series(1, $1::int) AS n, (SELECT * FROM payment WHERE status = 'CAPTURED' LIMIT 1) AS p`,
      [count],
    );
    // Fees are booked with the capture; all of a payment's transactions share its id as their cause.
    await client.query(`CREATE TABLE filled_transaction AS
      SELECT gen_random_uuid() AS id, t.id AS like_id, f.id AS payment_id, f.at
      FROM filled f JOIN ledger_transaction t ON t.payment_id = f.like_id AND t.cause_id = f.like_id`);
    for (const statement of COPIES) await client.query(statement);
    const { rows } = await client.query<{ id: string; op_id: string; created: number; organization: string }>(
      `SELECT f.id, f.op_id, floor(extract(epoch FROM f.at))::int AS created, p.organization_id AS organization
       FROM filled f JOIN payment p ON p.id = f.like_id`,
    );
    await client.query('DROP TABLE filled, filled_transaction');
    for (const table of ['payment', 'payment_op', 'ledger_transaction', 'ledger_entry', 'money_notice'])
      await client.query(`VACUUM ANALYZE ${table}`);
    // Everything is due to be looked at again, from the day on which the business came.
    await client.query('DELETE FROM reconciliation_run');
    await client.query(`UPDATE organization SET created_at = created_at - interval '${DAYS + 1} days'`);
    return {
      organizationId: rows[0]?.organization ?? '',
      payments: rows.map(({ id, op_id: opId, created }) => ({ id, opId, created })),
    };
  });
}

const copy = (table: string, from: string, changed: string): string => `
INSERT INTO ${table}
SELECT r.* FROM ${from}, LATERAL jsonb_populate_record(NULL::${table}, to_jsonb(t) || jsonb_build_object(${changed})) AS r`;

const COPIES = [
  copy(
    'booking_reference',
    'filled f JOIN booking_reference t ON t.booking_id = f.like_booking',
    `'booking_id', f.booking_id, 'created_at', f.at`,
  ),
  copy(
    'payment',
    'filled f JOIN payment t ON t.id = f.like_id',
    `'id', f.id, 'booking_id', f.booking_id, 'processor_reference_index', NULL, 'created_at', f.at, 'settle_due_at', NULL`,
  ),
  copy(
    'payment_op',
    `filled f JOIN payment_op t ON t.payment_id = f.like_id AND t.kind = 'AUTHORIZE'`,
    `'id', f.op_id, 'payment_id', f.id, 'first_sent_at', f.at, 'created_at', f.at`,
  ),
  copy(
    'money_notice',
    'filled f JOIN money_notice t ON t.payment_id = f.like_id',
    `'id', gen_random_uuid(), 'payment_id', f.id, 'cause_id', f.id, 'created_at', f.at`,
  ),
  copy(
    'ledger_transaction',
    'filled_transaction f JOIN ledger_transaction t ON t.id = f.like_id',
    `'id', f.id, 'payment_id', f.payment_id, 'cause_id', f.payment_id, 'created_at', f.at`,
  ),
  copy(
    'ledger_entry',
    'filled_transaction f JOIN ledger_entry t ON t.transaction_id = f.like_id',
    `'transaction_id', f.id`,
  ),
];

interface SimulatorState {
  paymentIntents: Record<string, { id: string; created: number; metadata: Record<string, string> }>;
}

/** The same payments at the simulator, which is not running meanwhile: copies of one of its intents. */
export function storeIntents(directory: string, { organizationId, payments }: Stored): void {
  const file = join(directory, 'payment-simulator.json');
  const state = JSON.parse(readFileSync(file, 'utf8')) as SimulatorState;
  const like = Object.values(state.paymentIntents).find(
    ({ metadata }) => metadata['organization_id'] === organizationId,
  );
  if (like === undefined) throw new Error('The simulator has no payment of this organization.');
  for (const { id, opId, created } of payments) {
    const reference = `pi_${[...randomBytes(24)].map((byte) => String.fromCodePoint(97 + (byte % 26))).join('')}`;
    const metadata = { ...like.metadata, payment_id: id, payment_op_id: opId };
    state.paymentIntents[reference] = { ...like, id: reference, created, metadata };
  }
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
}

export interface Progress {
  state: string;
  lookedAt: number;
  incidents: number;
  repaired: number;
  seconds: number | null;
}

/** How far the run over everything has come; null before it has begun. */
export const fullRun = (stack: Stack): Promise<Progress | null> =>
  inPayments(stack, async (client) => {
    const { rows } = await client.query<Progress>(
      `SELECT state, looked_at AS "lookedAt", incidents, repaired,
         extract(epoch FROM finished_at - started_at)::float AS seconds
       FROM reconciliation_run WHERE scope = 'FULL' ORDER BY started_at DESC LIMIT 1`,
    );
    return rows[0] ?? null;
  });
