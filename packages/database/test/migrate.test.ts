import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseMigrations, MigrationRefused, migrate, openDatabase } from '@kept/database';
import type { ThrowAwayDatabase } from '@kept/testing';
import { Client } from 'pg';
import { notesDatabase } from './notes.ts';

let notes: ThrowAwayDatabase;
let directory: string;

beforeEach(async () => {
  notes = await notesDatabase();
  directory = await mkdtemp(join(tmpdir(), 'kept-migrations-'));
});
afterEach(async () => {
  await notes.drop();
  await rm(directory, { recursive: true });
});

const write = (file: string, sql: string) => writeFile(join(directory, file), sql);
const run = () =>
  migrate({ ownerUrl: notes.ownerUrl, sets: [databaseMigrations, { name: 'own', directory }] });

async function tables(): Promise<string[]> {
  const client = new Client({ connectionString: notes.ownerUrl });
  await client.connect();
  const { rows } = await client.query<{ tablename: string }>(
    `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
  );
  await client.end();
  return rows.map(({ tablename }) => tablename);
}

it('applies what is missing in order, and nothing the second time', async () => {
  await write('0002-fruit.sql', 'ALTER TABLE tree ADD COLUMN fruit text');
  await write('0001-tree.sql', 'CREATE TABLE tree (id int)');
  expect(await run()).toEqual({ applied: ['own/0001-tree.sql', 'own/0002-fruit.sql'] });
  expect(await run()).toEqual({ applied: [] });
  await write('0003-leaf.sql', 'CREATE TABLE leaf (id int)');
  expect(await run()).toEqual({ applied: ['own/0003-leaf.sql'] });
});

it('refuses a migration that was changed after it was applied, and touches nothing', async () => {
  await write('0001-tree.sql', 'CREATE TABLE tree (id int)');
  await run();
  await write('0001-tree.sql', 'CREATE TABLE tree (id bigint)');
  await write('0002-leaf.sql', 'CREATE TABLE leaf (id int)');
  await expect(run()).rejects.toThrow(MigrationRefused);
  expect(await tables()).not.toContain('leaf');
});

it('takes the same file with the line ends of Windows for the same migration', async () => {
  await write('0001-tree.sql', 'CREATE TABLE tree (\n  id int\n)');
  await run();
  await write('0001-tree.sql', 'CREATE TABLE tree (\r\n  id int\r\n)');
  expect(await run()).toEqual({ applied: [] });
});

it('undoes a migration that fails half way, keeps those before it, and can go on once it is put right', async () => {
  await write('0001-tree.sql', 'CREATE TABLE tree (id int)');
  await write('0002-leaf.sql', 'CREATE TABLE leaf (id int); SELECT 1 / 0; CREATE TABLE twig (id int)');
  await expect(run()).rejects.toThrow('The migration own/0002-leaf.sql failed: division by zero');
  expect(await tables()).toContain('tree');
  expect(await tables()).not.toContain('leaf');
  await write('0002-leaf.sql', 'CREATE TABLE leaf (id int)');
  expect(await run()).toEqual({ applied: ['own/0002-leaf.sql'] });
});

it('refuses a migration squeezed in before one that is applied, two with one number, and a name without one', async () => {
  await write('0002-leaf.sql', 'CREATE TABLE leaf (id int)');
  await run();
  await write('0001-tree.sql', 'CREATE TABLE tree (id int)');
  await expect(run()).rejects.toThrow(/older than 0002-leaf.sql/);
  await rm(join(directory, '0001-tree.sql'));
  await write('0002-twig.sql', 'SELECT 1');
  await expect(run()).rejects.toThrow(/have the number 0002/);
  await rm(join(directory, '0002-twig.sql'));
  await write('later.sql', 'SELECT 1');
  await expect(run()).rejects.toThrow(/Name the migration/);
});

it('applies each file once when six runners start together', async () => {
  await write(
    '0001-tree.sql',
    'CREATE TABLE tree (id int); INSERT INTO tree VALUES (1); SELECT pg_sleep(0.05)',
  );
  await write('0002-leaf.sql', 'INSERT INTO tree VALUES (2)');
  const outcomes = await Promise.all(Array.from({ length: 6 }, run));
  expect(outcomes.flatMap(({ applied }) => applied).sort()).toEqual([
    'own/0001-tree.sql',
    'own/0002-leaf.sql',
  ]);
});

it('is not ready on a schema older than the code needs, and ready on a newer one', async () => {
  await write('0001-tree.sql', 'CREATE TABLE tree (id int)');
  const migrations = [databaseMigrations, { name: 'own', directory }];
  const options = { url: notes.appUrl, entities: [], applicationName: 'test', poolMax: 1 };
  const younger = await openDatabase({ ...options, migrations });
  const older = await openDatabase({ ...options, migrations: [databaseMigrations] });
  try {
    await expect(younger.ready()).rejects.toThrow('The database lacks migrations: own/0001-tree.sql.');
    await run();
    await younger.ready();
    await older.ready();
  } finally {
    await younger.close();
    await older.close();
  }
});
