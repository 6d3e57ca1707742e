// A connection lost during COMMIT says nothing about the commit. What makes a retry safe is the key, read back.
import { randomUUID } from 'node:crypto';
import { onceByKey, openDatabase, OutcomeUnknown, type Database } from '@kept/database';
import {
  startTcpProxy,
  testOrganization,
  type Fault,
  type TcpProxy,
  type ThrowAwayDatabase,
} from '@kept/testing';
import { Note, notesDatabase } from './notes.ts';

let notes: ThrowAwayDatabase;
let proxy: TcpProxy;
let database: Database;

beforeAll(async () => {
  notes = await notesDatabase();
  proxy = await startTcpProxy({ targetUrl: notes.appUrl });
  const options = { entities: [Note], applicationName: 'test', poolMax: 2, commitDeadlineMs: 300 };
  database = await openDatabase({ url: proxy.url, ...options });
});
afterAll(async () => {
  await database.close();
  await proxy.stop();
  await notes.drop();
});

const count = (organizationId: string) =>
  notes.database.transaction(organizationId, (tx) => tx.manager.count(Note));

function writeNote(organizationId: string, key: string): Promise<{ noteId: string }> {
  return database.transaction(organizationId, (tx) =>
    onceByKey(tx, { actor: 'somebody', operation: 'writeNote', key, request: { text: 'x' } }, async () => {
      const noteId = randomUUID();
      await tx.manager.insert(Note, { id: noteId, organizationId, text: noteId });
      return { noteId };
    }),
  );
}

it.each<[fault: Fault, saved: number]>([
  ['cut-request', 0],
  ['cut-reply', 1],
  ['swallow-reply', 1],
])(
  'answers that the outcome is unknown after %s of COMMIT, and one change results once asked again',
  async (fault, saved) => {
    const organizationId = await testOrganization(database);
    const key = randomUUID();
    const before = { faults: proxy.faults, unknown: database.counters.outcomesUnknown };
    proxy.arm('COMMIT', fault);
    await expect(writeNote(organizationId, key)).rejects.toThrow(OutcomeUnknown);
    expect(proxy.faults).toBe(before.faults + 1);
    expect(database.counters.outcomesUnknown).toBe(before.unknown + 1);
    expect(await count(organizationId)).toBe(saved);

    const { noteId } = await writeNote(organizationId, key);
    expect(await count(organizationId)).toBe(1);
    expect(await writeNote(organizationId, key)).toEqual({ noteId });
    expect(await count(organizationId)).toBe(1);
  },
);

it('knows that nothing happened when the connection is lost before COMMIT', async () => {
  const organizationId = await testOrganization(database);
  proxy.arm('INSERT INTO "note"', 'cut-reply');
  const lost = await writeNote(organizationId, randomUUID()).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(lost).toBeInstanceOf(Error);
  expect(lost).not.toBeInstanceOf(OutcomeUnknown);
  expect(await count(organizationId)).toBe(0);
});

it('tries again by itself when the connection turns out to be dead before the work has begun', async () => {
  const organizationId = await testOrganization(database);
  const before = database.counters.retries;
  let runs = 0;
  proxy.arm('START TRANSACTION', 'cut-request');
  await database.transaction(organizationId, () => Promise.resolve(void (runs += 1)));
  expect([runs, database.counters.retries - before]).toEqual([1, 1]);
});
