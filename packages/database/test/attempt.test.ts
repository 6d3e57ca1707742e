import { randomUUID } from 'node:crypto';
import { attempt } from '@kept/database';
import { testOrganization, type ThrowAwayDatabase } from '@kept/testing';
import { Note, notesDatabase } from './notes.ts';

let notes: ThrowAwayDatabase;
let organizationId: string;

beforeAll(async () => {
  notes = await notesDatabase({ poolMax: 3 });
});
afterAll(() => notes.drop());
beforeEach(async () => {
  organizationId = await testOrganization(notes.database);
});

const note = (text: string) => ({ id: randomUUID(), organizationId, text });
const texts = async () =>
  (await notes.database.transaction(organizationId, (tx) => tx.manager.find(Note)))
    .map(({ text }) => text)
    .toSorted();

it('undoes what failed and nothing else, also when attempts are nested and PostgreSQL itself refused', async () => {
  const hints: string[] = [];
  await notes.database.transaction(organizationId, async (tx) => {
    await tx.manager.insert(Note, note('before'));
    const failing = attempt(tx, async (outer) => {
      await outer.manager.insert(Note, note('outer'));
      outer.afterCommit(() => void hints.push('outer'));
      await attempt(outer, async (inner) => {
        await inner.manager.insert(Note, note('inner'));
      });
      await outer.query('SELECT 1 / 0');
    });
    await expect(failing).rejects.toThrow(/division by zero/);
    await attempt(tx, async (again) => {
      await again.manager.insert(Note, note('again'));
      again.afterCommit(() => void hints.push('again'));
      const lost = attempt(again, async (inner) => {
        await inner.manager.insert(Note, note('lost'));
        throw new Error('changed my mind');
      });
      await expect(lost).rejects.toThrow('changed my mind');
    });
  });
  expect(await texts()).toEqual(['again', 'before']);
  expect(hints).toEqual(['again']);
});

it('gives back the locks of what it undid, so that nobody waits for an attempt that failed', async () => {
  const row = note('contested');
  await notes.database.transaction(organizationId, (tx) => tx.manager.insert(Note, row));
  await notes.database.transaction(organizationId, async (tx) => {
    const failing = attempt(tx, async (inner) => {
      await inner.query('SELECT FROM note WHERE id = $1 FOR UPDATE', [row.id]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    // In another transaction, while this one is still open.
    const taken = await notes.database.transaction(organizationId, (other) =>
      other.query('SELECT id FROM note WHERE id = $1 FOR UPDATE NOWAIT', [row.id]),
    );
    expect(taken).toHaveLength(1);
  });
});
