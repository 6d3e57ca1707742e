// Guarantee: behind a pooler in transaction mode no setting, lock or statement of one transaction reaches another one's.
// The hole it closes: session-level set_config leaked the organization to other clients 40 times of 40.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onceByKey } from '@kept/database';
import { testOrganization } from '@kept/testing';
import { Note, notesDatabase } from './notes.ts';

const root = join(import.meta.dirname, '../../..');

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'dist', 'test'].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|sql)$/.test(entry.name) && !entry.name.endsWith('.test.ts')) yield path;
  }
}

const FORBIDDEN: [what: string, pattern: RegExp][] = [
  ['a setting that outlives the transaction', /set_config\([^;]*?,\s*false\s*\)/i],
  ['a lock that outlives the transaction', /pg_(try_)?advisory_lock(_shared)?\(/i],
  ['SET without LOCAL', /['"`]\s*SET (?!LOCAL|CONSTRAINTS|TRANSACTION)(SESSION )?\w+ *(=|TO)/],
];

it('no source file of a package, a service or the gateway uses anything that outlives its transaction', () => {
  const files = ['packages', 'services', 'gateway'].flatMap((folder) => [...sources(join(root, folder))]);
  expect(files.length).toBeGreaterThan(20);
  const found = files.flatMap((file) =>
    FORBIDDEN.filter(([, pattern]) => pattern.test(readFileSync(file, 'utf8'))).map(
      ([what]) => `${file}: ${what}`,
    ),
  );
  expect(found).toEqual([]);
});

it('the patterns of this test find what they are for', () => {
  const bad = [
    `SELECT set_config('kept.organization', $1, false)`,
    'SELECT pg_advisory_lock(1)',
    `await client.query('SET statement_timeout = 5')`,
  ];
  expect(bad.map((text) => FORBIDDEN.findIndex(([, pattern]) => pattern.test(text)))).toEqual([0, 1, 2]);
  expect(FORBIDDEN.some(([, pattern]) => pattern.test(`set_config('kept.organization', $1, true)`))).toBe(
    false,
  );
});

it('leaves no setting, prepared statement or lock on the connection, and asks for nothing at connect', async () => {
  const notes = await notesDatabase({ poolMax: 1 });
  try {
    const organizationId = await testOrganization(notes.database);
    const names: unknown[] = [];
    await notes.database.transaction(organizationId, async (tx) => {
      const client = (await tx.manager.queryRunner?.connect()) as { query(...all: unknown[]): unknown };
      const original = client.query.bind(client);
      client.query = (...all) => {
        names.push((all[0] as { name?: string }).name);
        return original(...all);
      };
      const key = { actor: 'a', operation: 'b', key: randomUUID(), request: {} };
      await onceByKey(tx, key, async () => {
        await tx.manager.insert(Note, { id: randomUUID(), organizationId, text: 'x' });
        return (await tx.manager.find(Note)).length;
      });
    });
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter(Boolean)).toEqual([]);
    const leftovers = `SELECT (SELECT count(*)::int FROM pg_prepared_statements) AS statements,
      (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks,
      (SELECT count(*)::int FROM pg_settings WHERE source IN ('client', 'session') AND name NOT IN ('application_name', 'client_encoding')) AS settings`;
    expect(await notes.database.dataSource.query(leftovers)).toEqual([
      { statements: 0, locks: 0, settings: 0 },
    ]);
  } finally {
    await notes.drop();
  }
});
