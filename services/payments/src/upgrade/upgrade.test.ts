import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, schemaDrift, type MigrationSet } from '@kept/database';
import { openLog } from '@kept/subgraph-kit';
import { eventually, throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { Client } from 'pg';
import { paymentsEntities } from '../database.ts';
import { checkInvariants } from '../ledger/check-invariants.ts';
import { migrations } from '../migrations.ts';
import { tellMissing } from '../notices/tell-missing.ts';
import { Payment } from '../payments/payment.ts';

/**
 * A business that has used payments since its first day is brought up to date: what it had is there, every rule of today holds
 * for it, no table is written anew, and its money goes on moving meanwhile.
 */
const AS_OF_0004 = ['0001-payments', '0002-state-machines', '0003-ledger', '0004-processor-events'];
const NOW = new Date('2030-05-06T09:05:00Z');
const BUSINESS = '02dadfb4-dbde-49fe-a572-8d445aad42e6';

let folder: string;
let old: ThrowAwayDatabase;
let admin: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-as-of-0004-'));
  const here = join(import.meta.dirname, '../migrations');
  for (const name of AS_OF_0004) await copyFile(join(here, `${name}.sql`), join(folder, `${name}.sql`));
  const sets: MigrationSet[] = migrations.map((set) =>
    set.name === 'payments' ? { ...set, directory: folder } : set,
  );
  old = await throwAwayDatabase({ service: 'payments', migrations: sets, entities: paymentsEntities });
  admin = new Client({ connectionString: old.adminUrl });
  await admin.connect();
  // As from a backup: the rows are a consistent whole, so triggers that watch single steps have nothing to say.
  await admin.query('SET session_replication_role = replica');
  await admin.query(await readFile(join(import.meta.dirname, 'as-of-0004.sql'), 'utf8'));
  await admin.query('SET session_replication_role = origin');
});
afterAll(async () => {
  await admin?.end();
  await old?.drop();
  await rm(folder, { recursive: true });
});

const broken = () => old.database.transaction(BUSINESS, (tx) => checkInvariants(tx, NOW));

interface Table {
  name: string;
  file: string;
  rows: object[];
}

/** Every table of the service with its rows, and the file PostgreSQL keeps it in. */
async function everything(): Promise<Table[]> {
  const { rows: tables } = await admin.query<{ name: string; file: string }>(
    `SELECT relname AS name, relfilenode::text AS file FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND relname NOT IN ('kept_migration', 'state_transition') ORDER BY relname`,
  );
  const read = async ({ name, file }: { name: string; file: string }) => {
    const { rows } = await admin.query<{ rows: object[] }>(
      `SELECT coalesce(json_agg(t ORDER BY t::text), '[]') AS rows FROM ${name} t`,
    );
    return { name, file, rows: rows[0]?.rows ?? [] };
  };
  const all: Table[] = [];
  for (const table of tables) all.push(await read(table));
  return all;
}

/** What the service does all day, in the order in which it locks; counts how often it was done. */
function keepWorking() {
  const over = new AbortController();
  let done = 0;
  const work = async () => {
    while (!over.signal.aborted) {
      await old.database.transaction(BUSINESS, async (tx) => {
        const bookings = await tx.query<{ id: string }>(
          'SELECT booking_id AS id FROM booking_reference ORDER BY booking_id FOR UPDATE',
        );
        await tx.query(
          'UPDATE payment SET settle_due_at = settle_due_at WHERE booking_id = ANY($1::uuid[])',
          [bookings.map(({ id }) => id)],
        );
      });
      done += 1;
    }
  };
  const ended = work();
  return {
    done: () => done,
    stop: async () => {
      over.abort();
      await ended;
    },
  };
}

it('a database of the first release keeps every row, and holds to every rule of the newest, while it is worked with', async () => {
  const before = (await everything()).filter(({ rows }) => rows.length > 0);
  expect(before.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['ledger_entry', 'payment', 'payment_method', 'payment_op', 'refund']),
  );
  const worker = keepWorking();
  await eventually(() => worker.done() > 0);
  // Whoever upgrades a busy service may meet a deadlock, which undoes one file, and begins again there.
  await eventually(() => migrate({ ownerUrl: old.ownerUrl, sets: migrations }).then(() => true));
  const soFar = worker.done();
  await eventually(() => worker.done() > soFar);
  await worker.stop();

  const after = await everything();
  for (const { name, file, rows } of before) {
    const now = after.find((table) => table.name === name);
    const versionless = rows.map((row) => ({ ...row, version: expect.anything() as unknown }));
    expect({ name, file: now?.file, rows: now?.rows.length }).toEqual({ name, file, rows: rows.length });
    expect(now?.rows).toEqual(
      expect.arrayContaining(
        (name === 'payment' ? versionless : rows).map((row) => expect.objectContaining(row) as unknown),
      ),
    );
  }
  const { rows: unproven } = await admin.query('SELECT conname FROM pg_constraint WHERE NOT convalidated');
  expect(unproven).toEqual([]);
  expect(await schemaDrift({ ownerUrl: old.ownerUrl, entities: paymentsEntities })).toEqual([]);
  await old.database.transaction(BUSINESS, async (tx) => {
    const payments = await tx.manager.find(Payment);
    expect(payments.map(({ status }) => status).toSorted()).toEqual([
      'AUTHORIZED',
      'AUTHORIZING',
      'CAPTURED',
      'CAPTURED',
      'CAPTURED',
      'CAPTURED',
      'FAILED',
      'REQUIRES_ACTION',
      'VOIDED',
    ]);
  });
  // The first release did not write to a client whose deposit was released: now they are told, once.
  expect(await broken()).toMatchObject([{ invariant: 'I10', count: 1 }]);
  const log = openLog({ service: 'payments', level: 'silent' });
  expect(await tellMissing({ database: old.database, clock: () => NOW, log })).toBe(1);
  expect(await broken()).toEqual([]);
});
