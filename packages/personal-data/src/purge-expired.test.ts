import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { databaseMigrations } from '@kept/database';
import type { Transaction } from '@kept/database';
import { fieldEncryptionMigrations, openKeyring } from '@kept/field-encryption';
import { fixedClock, testOrganization, throwAwayDatabase } from '@kept/testing';
import { DataSource } from 'typeorm';
import { collectDeclarations } from './collect-declarations.ts';
import { heldCondition } from './held-condition.ts';
import { IncompleteDeclarations } from './incomplete-declarations.ts';
import { personalDataMigrations } from './migrations.ts';
import { planPurge } from './plan-purge.ts';
import { PurgeFailed, purgeExpired } from './purge-expired.ts';
import type { PurgeOptions } from './purge-expired.ts';
import { cards, oldVisits, others, visits } from './tables-for-tests.ts';

type Stage = Awaited<ReturnType<typeof throwAwayDatabase>>;
let stage: Stage;
const NOW = '2029-03-01T00:00:00Z';
const clock = fixedClock(NOW);
const keyring = openKeyring({ service: 'scheduling', rootKey: randomBytes(32), clock });

beforeAll(async () => {
  stage = await throwAwayDatabase({
    service: 'scheduling',
    migrations: [
      databaseMigrations,
      fieldEncryptionMigrations,
      personalDataMigrations,
      { name: 'test', directory: join(import.meta.dirname, 'test-migrations') },
    ],
    entities: [],
  });
});
// A purge walks every organization: what one test left behind would be counted by the next.
afterEach(async () => {
  const owner = await new DataSource({ type: 'postgres', url: stage.ownerUrl }).initialize();
  await owner.query('TRUNCATE organization, visit, card, evidence, legal_hold CASCADE');
  await owner.destroy();
});
afterAll(() => stage.drop());

function purge(more: Partial<PurgeOptions> = {}) {
  return purgeExpired({
    database: stage.database,
    declarations: collectDeclarations([], [visits, cards, ...others]),
    keyring,
    clock,
    service: 'scheduling',
    publishEvidence: async (tx, { rule, table, count }) => {
      await tx.query('INSERT INTO evidence VALUES ($1, $2, $3, $4)', [tx.organizationId, rule, table, count]);
    },
    ...more,
  });
}

const inOrganization = <T>(organizationId: string, work: (tx: Transaction) => Promise<T>) =>
  stage.database.transaction(organizationId, work);

async function addVisits(
  organizationId: string,
  what: { count: number; endedAt: string | null; clientId?: string },
): Promise<string[]> {
  const rows = await inOrganization(organizationId, (tx) =>
    tx.query<{ id: string }>(
      `INSERT INTO visit SELECT gen_random_uuid(), $1, coalesce($4::uuid, gen_random_uuid()), $2::timestamptz
       FROM generate_series(1, $3) RETURNING id`,
      [organizationId, what.endedAt, what.count, what.clientId ?? null],
    ),
  );
  return rows.map(({ id }) => id);
}

async function hold(organizationId: string, scope: Record<string, string>): Promise<string> {
  const id = randomUUID();
  await inOrganization(organizationId, (tx) =>
    tx.query(
      `INSERT INTO legal_hold (id, organization_id, matter, placed_at, subject_id, table_name, row_id, field_class)
       VALUES ($1, $2, 'case 7', $3, $4, $5, $6, $7)`,
      [
        id,
        organizationId,
        clock(),
        scope['subject'] ?? null,
        scope['table'] ?? null,
        scope['row'] ?? null,
        scope['class'] ?? null,
      ],
    ),
  );
  return id;
}

const count = async (organizationId: string, sql: string): Promise<number> => {
  const [row] = await inOrganization(organizationId, (tx) =>
    tx.query<{ n: number }>(`SELECT count(*)::int AS n ${sql}`),
  );
  return row?.n ?? -1;
};

it('[DAT-06] removes what has expired in every organization, in batches, and nothing in a second run', async () => {
  const [one, other] = [await testOrganization(stage.database), await testOrganization(stage.database)];
  await addVisits(one, { count: 25, endedAt: '2027-02-28T23:59:59.999Z' });
  await addVisits(one, { count: 3, endedAt: '2027-03-01T00:00:00.001Z' });
  await addVisits(one, { count: 2, endedAt: null });
  await addVisits(other, { count: 1, endedAt: '2020-01-01T00:00:00Z' });
  const report = await purge({ batchSize: 10 });
  expect(report).toMatchObject({ removed: 26, held: 0, finished: true });
  expect(await count(one, 'FROM visit')).toBe(5);
  expect(await count(other, 'FROM visit')).toBe(0);
  const evidence = await inOrganization(one, (tx) =>
    tx.query('SELECT rule, table_name, removed FROM evidence'),
  );
  expect(evidence).toEqual(
    [10, 10, 5].map((removed) => ({ rule: 'old visits', table_name: 'visit', removed })),
  );
  expect(await purge()).toMatchObject({ removed: 0, finished: true });
  expect(await count(one, 'FROM evidence')).toBe(3);
});

it('empties columns instead of removing rows where the rule says so, once', async () => {
  const organizationId = await testOrganization(stage.database);
  await inOrganization(organizationId, (tx) =>
    tx.query(
      `INSERT INTO card SELECT gen_random_uuid(), $1, gen_random_uuid(), unused, '\\x01', '\\x02'
       FROM unnest(ARRAY['2028-02-01','2028-02-02']::timestamptz[]) AS unused`,
      [organizationId],
    ),
  );
  expect(await purge()).toMatchObject({ removed: 1 });
  expect(await count(organizationId, 'FROM card WHERE token IS NULL AND label IS NULL')).toBe(1);
  expect(await count(organizationId, 'FROM card')).toBe(2);
  expect(await purge()).toMatchObject({ removed: 0 });
});

it('keeps the evidence and the removal together: without evidence nothing is removed, and the run says so', async () => {
  const organizationId = await testOrganization(stage.database);
  await addVisits(organizationId, { count: 4, endedAt: '2020-01-01T00:00:00Z' });
  const failing = purge({ publishEvidence: () => Promise.reject(new Error('no ink')) });
  await expect(failing).rejects.toThrow(PurgeFailed);
  await expect(failing).rejects.toThrow('rule "old visits" on visit: no ink');
  expect(await count(organizationId, 'FROM visit')).toBe(4);
});

it('destroys the keys of people who go with their row', async () => {
  const organizationId = await testOrganization(stage.database);
  const clientId = randomUUID();
  await addVisits(organizationId, { count: 1, endedAt: '2020-01-01T00:00:00Z', clientId });
  const place = {
    subjectId: clientId,
    fieldClass: 'sensitive' as const,
    table: 'visit',
    column: 'x',
    rowId: clientId,
  };
  const sealed = await inOrganization(organizationId, (tx) => keyring.seal(tx, place, 'secret'));
  await purge();
  expect(await inOrganization(organizationId, (tx) => keyring.open(tx, place, sealed))).toBeNull();
});

it.each([
  ['a person', (row: string, client: string): Record<string, string> => ({ subject: client })],
  ['a row', (row: string): Record<string, string> => ({ table: 'visit', row })],
  ['a table', (): Record<string, string> => ({ table: 'visit' })],
  ['a class of data', (): Record<string, string> => ({ class: 'sensitive' })],
])('leaves what is held by a hold on %s, and takes it after the release', async (_what, scope) => {
  const organizationId = await testOrganization(stage.database);
  const clientId = randomUUID();
  const [row = ''] = await addVisits(organizationId, { count: 1, endedAt: '2020-01-01T00:00:00Z', clientId });
  const [one, two] = [scope(row, clientId), scope(row, clientId)];
  const holds = [await hold(organizationId, one), await hold(organizationId, two)];
  for (const id of holds) {
    expect(await purge()).toMatchObject({ removed: 0, held: 1, finished: true });
    await inOrganization(organizationId, (tx) =>
      tx.query('UPDATE legal_hold SET released_at = $2 WHERE id = $1', [id, clock()]),
    );
  }
  expect(await purge()).toMatchObject({ removed: 1, held: 0 });
});

it('does not mistake a hold on something else, or of another organization, for a hold', async () => {
  const [organizationId, other] = [
    await testOrganization(stage.database),
    await testOrganization(stage.database),
  ];
  const clientId = randomUUID();
  const [row = ''] = await addVisits(organizationId, { count: 1, endedAt: '2020-01-01T00:00:00Z', clientId });
  await hold(organizationId, { subject: randomUUID() });
  await hold(organizationId, { table: 'card' });
  await hold(organizationId, { table: 'card', row });
  await hold(other, { subject: clientId });
  expect(await purge()).toMatchObject({ removed: 1, held: 0 });
});

it('does not starve: rows held at the old end keep nothing behind them from going', async () => {
  const organizationId = await testOrganization(stage.database);
  const held = randomUUID();
  await hold(organizationId, { subject: held });
  await addVisits(organizationId, { count: 600, endedAt: '2019-01-01T00:00:00Z', clientId: held });
  await addVisits(organizationId, { count: 440, endedAt: '2020-01-01T00:00:00Z' });
  expect(await purge({ batchSize: 50 })).toMatchObject({ removed: 440, held: 600, finished: true });
  expect(await count(organizationId, 'FROM visit')).toBe(600);
});

it('tests each kind of hold by an index of its own', async () => {
  const organizationId = await testOrganization(stage.database);
  const plans = await inOrganization(organizationId, async (tx) => {
    await tx.query(
      `INSERT INTO legal_hold (id, organization_id, matter, placed_at, subject_id)
       SELECT gen_random_uuid(), $1, 'case', now(), gen_random_uuid() FROM generate_series(1, 20000)`,
      [organizationId],
    );
    await tx.query(`SELECT set_config('enable_seqscan', 'off', true)`);
    const [plan] = await planPurge(tx, [{ table: 'visit', rule: oldVisits, columns: {} }]);
    if (plan === undefined) throw new Error('no plan');
    const condition = heldCondition(
      { ...plan, subjects: ['client_id'] },
      { organization: `'${organizationId}'`, table: `'visit'`, classes: `'{}'` },
    );
    return tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN SELECT 1 FROM visit t WHERE ${condition}`);
  });
  const text = plans.map((line) => line['QUERY PLAN']).join('\n');
  for (const index of ['holds_by_subject', 'holds_by_row', 'holds_on_everything'])
    expect(text).toContain(index);
  expect(text).not.toContain('Seq Scan on legal_hold');
});

it('shares the work between two runs at once: everything goes, and is counted once', async () => {
  const organizationId = await testOrganization(stage.database);
  await addVisits(organizationId, { count: 400, endedAt: '2020-01-01T00:00:00Z' });
  const reports = await Promise.all([purge({ batchSize: 20 }), purge({ batchSize: 20 })]);
  const last = await purge();
  const removed = [...reports, last].reduce((sum, report) => sum + report.removed, 0);
  expect(removed).toBe(400);
  const [evidence] = await inOrganization(organizationId, (tx) =>
    tx.query<{ n: number }>('SELECT sum(removed)::int AS n FROM evidence'),
  );
  expect(evidence?.n).toBe(400);
});

it('stops at its budget, says that it has not finished, and goes on in the next run', async () => {
  const organizationId = await testOrganization(stage.database);
  await addVisits(organizationId, { count: 30, endedAt: '2020-01-01T00:00:00Z' });
  expect(await purge({ rowsMax: 12, batchSize: 5 })).toMatchObject({ removed: 12, finished: false });
  expect(await purge()).toMatchObject({ removed: 18, finished: true });
});

it('removes nothing at all from a database that is not what was declared', async () => {
  const organizationId = await testOrganization(stage.database);
  await addVisits(organizationId, { count: 3, endedAt: '2020-01-01T00:00:00Z' });
  const undeclared = purge({ declarations: collectDeclarations([], [visits, ...others]) });
  await expect(undeclared).rejects.toThrow(IncompleteDeclarations);
  await expect(undeclared).rejects.toThrow('card.token is declared nowhere');
  expect(await count(organizationId, 'FROM visit')).toBe(3);
});
