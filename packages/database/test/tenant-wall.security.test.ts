// Guarantee: with one organization set, no statement reads, changes or plants a row of another; with none set, no walled row
// exists. Even a query that forgot its WHERE, even as the owner of the table. The hole it closes: one forgotten condition.
import { randomUUID } from 'node:crypto';
import { tablesOutsideWall } from '@kept/database';
import { testOrganization, type ThrowAwayDatabase } from '@kept/testing';
import { Client } from 'pg';
import { Note, notesDatabase } from './notes.ts';

let notes: ThrowAwayDatabase;
let mine: string;
let theirs: string;

beforeAll(async () => {
  notes = await notesDatabase();
});
afterAll(() => notes.drop());
beforeEach(async () => {
  mine = await testOrganization(notes.database);
  theirs = await testOrganization(notes.database);
  for (const organizationId of [mine, theirs]) {
    await notes.database.transaction(organizationId, (tx) =>
      tx.manager.insert(Note, { id: randomUUID(), organizationId, text: `secret of ${organizationId}` }),
    );
  }
});

const plant = 'INSERT INTO note (id, organization_id, text) VALUES ($1, $2, $3)';
const refusal = /row-level security/;

it('[ACC-03] shows an organization its own rows and no others, whatever the query asks', async () => {
  const seen = await notes.database.transaction(mine, async (tx) => [
    ...(await tx.query<{ text: string }>('SELECT text FROM note')),
    ...(await tx.query<{ text: string }>('SELECT text FROM note WHERE organization_id = $1', [theirs])),
    ...(await tx.manager.find(Note)),
  ]);
  expect(seen.map(({ text }) => text)).toEqual([`secret of ${mine}`, `secret of ${mine}`]);
});

it('[ACC-03] changes and deletes nothing of another organization', async () => {
  await notes.database.transaction(mine, async (tx) => {
    const changed = await tx.query(
      `UPDATE note SET text = 'mine now' WHERE organization_id = $1 RETURNING id`,
      [theirs],
    );
    const deleted = await tx.query('DELETE FROM note WHERE organization_id = $1 RETURNING id', [theirs]);
    expect([changed, deleted]).toEqual([[], []]);
  });
  const left = await notes.database.transaction(theirs, (tx) =>
    tx.query<{ text: string }>('SELECT text FROM note'),
  );
  expect(left).toEqual([{ text: `secret of ${theirs}` }]);
});

it('[ACC-03] refuses to plant a row in another organization, or to move one there', async () => {
  const { database } = notes;
  await expect(
    database.transaction(mine, (tx) => tx.query(plant, [randomUUID(), theirs, 'planted'])),
  ).rejects.toThrow(refusal);
  await expect(
    database.transaction(mine, (tx) => tx.query('UPDATE note SET organization_id = $1', [theirs])),
  ).rejects.toThrow(refusal);
});

it('[ACC-03] shows and takes nothing without an organization', async () => {
  const { database } = notes;
  const walk = (sql: string, parameters: unknown[] = []) =>
    database.infrastructure('test', (tx) => tx.query(sql, parameters));
  expect(await walk('SELECT * FROM note')).toEqual([]);
  expect(await walk('DELETE FROM note RETURNING id')).toEqual([]);
  await expect(walk(plant, [randomUUID(), mine, 'planted'])).rejects.toThrow(refusal);
  expect(await database.dataSource.query('SELECT * FROM note')).toEqual([]);
});

it('[ACC-03] walls off the owner of the table as well', async () => {
  const owner = new Client({ connectionString: notes.ownerUrl });
  await owner.connect();
  try {
    expect((await owner.query('SELECT * FROM note')).rows).toEqual([]);
    await expect(owner.query(plant, [randomUUID(), mine, 'planted'])).rejects.toThrow(refusal);
  } finally {
    await owner.end();
  }
});

it('takes nothing but the id of an organization, so that none can be smuggled in as text', async () => {
  for (const organizationId of ['', 'null', `${mine}'`, '%']) {
    await expect(notes.database.transaction(organizationId, () => Promise.resolve())).rejects.toThrow(
      TypeError,
    );
  }
});

it('leaves no organization behind on the connection that the next transaction gets', async () => {
  const single = await notesDatabase({ poolMax: 1 });
  try {
    const organizationId = await testOrganization(single.database);
    await single.database.transaction(organizationId, (tx) =>
      tx.query(plant, [randomUUID(), organizationId, 'a']),
    );
    const setting = `SELECT nullif(current_setting('kept.organization', true), '') AS it, current_setting('statement_timeout') AS timeout`;
    expect(await single.database.dataSource.query(setting)).toEqual([{ it: null, timeout: '0' }]);
    expect(await single.database.infrastructure('test', (tx) => tx.query('SELECT * FROM note'))).toEqual([]);
  } finally {
    await single.drop();
  }
});

it('lists every table outside the wall, so that a service can compare it with the few it means', async () => {
  const outside = await notes.database.infrastructure('test', tablesOutsideWall);
  expect(outside).toEqual(['counter', 'kept_migration', 'organization']);
});

it('refuses to wall a table whose rows could belong to nobody', async () => {
  const owner = new Client({ connectionString: notes.ownerUrl });
  await owner.connect();
  try {
    await owner.query('BEGIN; CREATE TABLE loose (organization_id uuid)');
    await expect(owner.query(`SELECT kept_tenant_wall('loose')`)).rejects.toThrow(
      /organization_id uuid NOT NULL/,
    );
  } finally {
    await owner.end();
  }
});

it('lets a table that only grows be added to, and neither changed nor emptied, not even by its owner', async () => {
  const { database, ownerUrl } = notes;
  await database.transaction(mine, (tx) =>
    tx.query('INSERT INTO diary VALUES ($1, $2)', [mine, 'first line']),
  );
  for (const sql of [`UPDATE diary SET line = 'other'`, 'DELETE FROM diary', 'TRUNCATE diary']) {
    await expect(database.transaction(mine, (tx) => tx.query(sql))).rejects.toThrow(/permission denied/);
    const owner = new Client({ connectionString: ownerUrl });
    await owner.connect();
    await expect(owner.query(sql)).rejects.toThrow(/only grows/);
    await owner.end();
  }
});
