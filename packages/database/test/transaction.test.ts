import { randomUUID } from 'node:crypto';
import { constraintOf, RolledBack, type DatabaseLog } from '@kept/database';
import { withinRequest } from '@kept/request-scope';
import { eventually, testOrganization, type ThrowAwayDatabase } from '@kept/testing';
import { Client } from 'pg';
import { Note, notesDatabase } from './notes.ts';

let notes: ThrowAwayDatabase;
let organizationId: string;
const warnings: string[] = [];
const log: DatabaseLog = {
  info: () => undefined,
  warn: (_fields, message) => void warnings.push(message),
  error: (_fields, message) => void warnings.push(message),
};

beforeAll(async () => {
  notes = await notesDatabase({ log });
});
afterAll(() => notes.drop());
beforeEach(async () => {
  organizationId = await testOrganization(notes.database);
  warnings.length = 0;
});

const noteOf = (text: string) => ({ id: randomUUID(), organizationId, text });
const texts = () =>
  notes.database.transaction(organizationId, async (tx) =>
    (await tx.query<{ text: string }>('SELECT text FROM note ORDER BY text')).map(({ text }) => text),
  );

it('keeps all of a use case or nothing', async () => {
  const half = notes.database.transaction(organizationId, async (tx) => {
    await tx.manager.insert(Note, noteOf('one'));
    throw new Error('changed my mind');
  });
  await expect(half).rejects.toThrow('changed my mind');
  expect(await texts()).toEqual([]);
  await notes.database.transaction(organizationId, (tx) => tx.manager.insert(Note, noteOf('two')));
  expect(await texts()).toEqual(['two']);
});

it('gives back rows for every kind of statement', async () => {
  await notes.database.transaction(organizationId, async (tx) => {
    const { id } = noteOf('x');
    const insert = 'INSERT INTO note (id, organization_id, text) VALUES ($1, $2, $3) RETURNING text';
    expect(await tx.query(insert, [id, organizationId, 'a'])).toEqual([{ text: 'a' }]);
    expect(await tx.query(`UPDATE note SET text = 'b' RETURNING text`)).toEqual([{ text: 'b' }]);
    expect(await tx.query('SELECT text FROM note')).toEqual([{ text: 'b' }]);
    expect(await tx.query('DELETE FROM note RETURNING text')).toEqual([{ text: 'b' }]);
    expect(await tx.query('DELETE FROM note')).toEqual([]);
  });
});

it('reads an instant as a Date, a calendar date and a bigint as text, whatever the zone of the machine', async () => {
  const row = `SELECT timestamptz '2030-03-31T01:30:00+01' AS instant, date '2030-03-31' AS day, 9007199254740993::bigint AS big`;
  const [read] = await notes.database.infrastructure('test', (tx) => tx.query(row));
  expect(read).toEqual({
    instant: new Date('2030-03-31T00:30:00Z'),
    day: '2030-03-31',
    big: '9007199254740993',
  });
});

it('names the constraint that refused, and keeps what the row said out of the error', async () => {
  const twice = notes.database.transaction(organizationId, async (tx) => {
    await tx.manager.insert(Note, noteOf('my diagnosis'));
    await tx.manager.insert(Note, noteOf('my diagnosis'));
  });
  const error = await twice.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(constraintOf(error)).toBe('one_note_per_text');
  expect(constraintOf(new Error('outer', { cause: error }))).toBe('one_note_per_text');
  expect(constraintOf(new Error('something else'))).toBeUndefined();
  expect(
    JSON.stringify(error, [...Object.getOwnPropertyNames(error), 'driverError', 'detail']),
  ).not.toContain('diagnosis');
});

it('says so when a swallowed failure made PostgreSQL roll back instead of commit', async () => {
  const swallowed = notes.database.transaction(organizationId, async (tx) => {
    await tx.manager.insert(Note, noteOf('lost'));
    await tx.query('SELECT 1 / 0').catch(() => undefined);
  });
  await expect(swallowed).rejects.toThrow(RolledBack);
  expect(await texts()).toEqual([]);
});

it('passes on what a constraint says at COMMIT: that is a refusal, not an unknown outcome', async () => {
  const clash = notes.database.infrastructure('test', (tx) =>
    tx.query('UPDATE counter SET value = 10 WHERE id = 2'),
  );
  const error = await clash.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(constraintOf(error)).toBe('value_is_settled_at_commit');
  expect(notes.database.counters.outcomesUnknown).toBe(0);
});

it('runs hints after the commit and only then, and survives one that throws', async () => {
  const seen: string[][] = [];
  const look: Promise<void>[] = [];
  await notes.database.transaction(organizationId, async (tx) => {
    tx.afterCommit(() => {
      throw new Error('no relay');
    });
    tx.afterCommit(() => void look.push(texts().then((found) => void seen.push(found))));
    await tx.manager.insert(Note, noteOf('durable'));
    expect(look).toEqual([]);
  });
  await Promise.all(look);
  expect(seen).toEqual([['durable']]);
  expect(warnings).toEqual(['A hint after a commit failed; the change is saved.']);
});

it('runs both of two deadlocked use cases to their end, and counts the retry', async () => {
  const before = notes.database.counters.retries;
  let bothHoldOne: () => void = () => undefined;
  const meeting = new Promise<void>((resolve) => (bothHoldOne = resolve));
  let arrived = 0;
  const swap = (first: number, second: number) =>
    notes.database.infrastructure('deadlock', async (tx) => {
      await tx.query('UPDATE counter SET value = value WHERE id = $1', [first]);
      arrived += 1;
      if (arrived === 2) bothHoldOne();
      await meeting;
      await tx.query('UPDATE counter SET value = value WHERE id = $1', [second]);
      return 'done';
    });
  expect(await Promise.all([swap(1, 2), swap(2, 1)])).toEqual(['done', 'done']);
  expect(notes.database.counters.retries - before).toBe(1);
  expect(warnings).toEqual(['A transaction is tried again.']);
});

it('gives up after three retries, and repeats no failure that a retry would not cure', async () => {
  let runs = 0;
  const hopeless = (state: string) =>
    notes.database.transaction(organizationId, async (tx) => {
      runs += 1;
      await tx.query(`DO $$ BEGIN RAISE 'no' USING ERRCODE = '${state}'; END $$`);
    });
  await expect(hopeless('40001')).rejects.toThrow('no');
  expect(runs).toBe(4);
  runs = 0;
  await expect(hopeless('23505')).rejects.toThrow('no');
  expect(runs).toBe(1);
});

it('takes a fresh connection, unnoticed by the caller, when the pooled ones were cut while idle', async () => {
  const admin = new Client({ connectionString: notes.adminUrl });
  await admin.connect();
  const others = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  await texts();
  await admin.query(`SELECT pg_terminate_backend(pid) FROM (${others}) AS o`);
  await eventually(async () => (await admin.query(others)).rowCount === 0);
  await admin.end();
  expect(await texts()).toEqual([]);
});

it('ends a statement that takes too long', async () => {
  const hasty = await notesDatabase({ statementTimeoutMs: 100 });
  try {
    const slow = hasty.database.infrastructure('slow', (tx) => tx.query('SELECT pg_sleep(20)'));
    await expect(slow).rejects.toThrow(/statement timeout/);
  } finally {
    await hasty.drop();
  }
});

it('ends a statement when whoever asked for it waits no longer, and knows the request that it is for', async () => {
  const scope = { requestId: 'request-7', endsAt: performance.now() + 150 };
  const slow = withinRequest(scope, () =>
    notes.database.infrastructure('slow', async (tx) => {
      expect(tx.requestId).toBe('request-7');
      await tx.query('SELECT pg_sleep(20)');
    }),
  );
  await expect(slow).rejects.toThrow(/statement timeout/);
  const after = { ...scope, endsAt: performance.now() - 1 };
  const late = withinRequest(after, () =>
    notes.database.infrastructure('late', (tx) => tx.query('SELECT pg_sleep(20)')),
  );
  await expect(late).rejects.toThrow(/statement timeout/);
  expect(await notes.database.infrastructure('none', (tx) => Promise.resolve(tx.requestId))).toBeNull();
});

it('gives each organization its turn, even after one has failed', async () => {
  const own = await notesDatabase();
  try {
    const all = [];
    for (let n = 0; n < 5; n += 1) all.push(await testOrganization(own.database));
    const seen: string[] = [];
    const job = own.database.forEachOrganization('count notes', async (tx, id) => {
      expect(tx.organizationId).toBe(id);
      seen.push(id);
      if (seen.length === 2) throw new Error('this one is broken');
      await tx.query('INSERT INTO note (id, organization_id, text) VALUES ($1, $2, $3)', [
        randomUUID(),
        id,
        'seen',
      ]);
    });
    await expect(job).rejects.toThrow('count notes failed for 1 organizations.');
    expect(seen.sort()).toEqual(all.sort());
  } finally {
    await own.drop();
  }
});
