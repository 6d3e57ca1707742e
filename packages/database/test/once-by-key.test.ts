import { randomUUID } from 'node:crypto';
import { IdempotencyConflict, onceByKey } from '@kept/database';
import { testOrganization, type ThrowAwayDatabase } from '@kept/testing';
import { Note, notesDatabase } from './notes.ts';

let notes: ThrowAwayDatabase;
let organizationId: string;
let runs: number;

beforeAll(async () => {
  notes = await notesDatabase({ poolMax: 12 });
});
afterAll(() => notes.drop());
beforeEach(async () => {
  organizationId = await testOrganization(notes.database);
  runs = 0;
});

function write(key: string, { text = 'hello', actor = 'ada', operation = 'writeNote', fail = false } = {}) {
  return notes.database.transaction(organizationId, (tx) =>
    onceByKey(tx, { actor, operation, key, request: { text } }, async () => {
      runs += 1;
      const id = randomUUID();
      await tx.manager.insert(Note, { id, organizationId, text: id });
      if (fail) throw new Error('the room is closed');
      return { id, at: '2030-01-01T00:00:00.000Z' };
    }),
  );
}

it('does the work of one key once when ten callers race, and answers all of them the same', async () => {
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 10 }, () => write(key)));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(runs).toBe(1);
  expect(await notes.database.transaction(organizationId, (tx) => tx.manager.count(Note))).toBe(1);
});

it('refuses the same key for another request', async () => {
  const key = randomUUID();
  await write(key, { text: 'hello' });
  await expect(write(key, { text: 'goodbye' })).rejects.toThrow(IdempotencyConflict);
  expect(runs).toBe(1);
});

it('keeps the keys of actors, operations and organizations apart', async () => {
  const key = randomUUID();
  await write(key);
  await write(key, { actor: 'grace' });
  await write(key, { operation: 'tearNote' });
  organizationId = await testOrganization(notes.database);
  await write(key);
  expect(runs).toBe(4);
});

it('frees the key when the work fails', async () => {
  const key = randomUUID();
  await expect(write(key, { fail: true })).rejects.toThrow('the room is closed');
  await write(key);
  expect(runs).toBe(2);
});

it('takes a request written in another order of properties for the same request', async () => {
  const key = randomUUID();
  const ask = (request: object) =>
    notes.database.transaction(organizationId, (tx) =>
      onceByKey(tx, { actor: 'ada', operation: 'any', key, request }, () => Promise.resolve(++runs)),
    );
  expect(await ask({ a: 1, b: { c: 2, d: [3, 4] } })).toBe(1);
  expect(await ask({ b: { d: [3, 4], c: 2 }, a: 1 })).toBe(1);
  await expect(ask({ a: 1, b: { c: 2, d: [4, 3] } })).rejects.toThrow(IdempotencyConflict);
});
