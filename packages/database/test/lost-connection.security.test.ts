// What a lost connection leaves in a log: that it was lost, and why. The driver hangs the whole connection on its error,
// with the account and the key by which its statements can be cancelled; job queues do the same with their commands.
import { inspect } from 'node:util';
import type { DatabaseLog } from '@kept/database';
import { eventually, testOrganization, type ThrowAwayDatabase } from '@kept/testing';
import { Client } from 'pg';
import { notesDatabase } from './notes.ts';

let notes: ThrowAwayDatabase;
let lines: string[] = [];
const note = (fields: object, message: string) =>
  void lines.push(`${message} ${inspect(fields, { depth: 8 })}`);
const log: DatabaseLog = { info: note, warn: note, error: note };

beforeAll(async () => {
  notes = await notesDatabase({ log });
});
afterAll(() => notes.drop());
beforeEach(() => void (lines = []));

it('[identity A49] a lost idle connection is noted without its account, address and keys', async () => {
  await testOrganization(notes.database);
  const admin = new Client({ connectionString: notes.adminUrl });
  await admin.connect();
  await admin.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await admin.end();
  const lost = await eventually(() => lines.find((line) => line.startsWith('An idle database connection')));
  expect(lost).toContain('terminating connection');
  expect(lost).not.toMatch(/secretKey|connectionParameters|kept_notes|127\.0\.0\.1/);
});

it('[identity A49] a hint that fails is noted without what it carried', async () => {
  const organizationId = await testOrganization(notes.database);
  await notes.database.transaction(organizationId, (tx) => {
    tx.afterCommit(() => {
      throw Object.assign(new Error('the queue is gone'), { command: { args: ['a secret of somebody'] } });
    });
    return Promise.resolve();
  });
  expect(lines.join()).toContain('the queue is gone');
  expect(lines.join()).not.toContain('a secret of somebody');
});
