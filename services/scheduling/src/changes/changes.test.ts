import { PASSPORT_HEADER, type Caller } from '@kept/passport';
import { listen, openLog } from '@kept/subgraph-kit';
import { callerOf, eventually, passportFor, testPassportKey } from '@kept/testing';
import { DataSource } from 'typeorm';
import { book, hold } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { openChangeFeed, type ChangeFeed } from './change-feed.ts';
import { CHANGES_OPERATION, changesRoute } from './changes-route.ts';
import { READ, readChanges, type CalendarChange } from './read-changes.ts';
import { forgetChanges } from './sweep-changes.job.ts';

let test: TestScheduling;
let feed: ChangeFeed;
let server: { url: string; stop(): Promise<void> };
const log = openLog({ service: 'scheduling', level: 'silent' });
const keys = [testPassportKey('scheduling')];

beforeAll(async () => {
  test = await startTestScheduling();
  feed = openChangeFeed({ database: test.database, clock: test.clock, log, pollMs: 20 });
  const route = changesRoute({ feed, passportKeys: keys, clock: test.clock, log });
  server = await listen({ host: '127.0.0.1', port: 0, routes: [route], log });
});
afterAll(async () => {
  await server.stop();
  await feed.stop();
  await test.stop();
});

const gateway = callerOf({ kind: 'SERVICE', organizationId: null, operationName: CHANGES_OPERATION });
interface Line {
  change?: CalendarChange;
  cursor?: string;
  reset?: boolean;
}

async function ask(after?: string, caller: Caller = gateway) {
  const passport = passportFor({ caller, service: 'scheduling', body: '', now: test.clock() });
  const leaving = new AbortController();
  const response = await fetch(`${server.url}/changes${after === undefined ? '' : `?after=${after}`}`, {
    headers: { [PASSPORT_HEADER]: passport },
    signal: leaving.signal,
  });
  return { response, leave: () => leaving.abort() };
}

/** A reader, as a gateway is one; resolves once it is listened to. */
async function openReader(after?: string) {
  const { response, leave } = await ask(after);
  const lines: Line[] = [];
  void (async () => {
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const parts = (rest + new TextDecoder().decode(chunk)).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.map((part) => JSON.parse(part) as Line));
    }
  })().catch(() => undefined);
  const cursor = () => lines.findLast((line) => line.cursor)?.cursor;
  // Probing changes, until one is heard: the feed then reads from before whatever the test does next.
  const probe = await openBusiness(test);
  const client = await probe.client();
  let day = 3;
  await eventually(async () => {
    if (day < 24)
      await hold(test, client, {
        ...probe,
        startsAt: `2027-02-${String(day).padStart(2, '0')}T10:00:00.000Z`,
      }).catch(() => undefined);
    day += 1;
    return lines.some(({ change }) => change?.organizationId === probe.organizationId);
  });
  return {
    lines,
    cursor,
    leave,
    of: (organizationId: string) =>
      lines.flatMap(({ change }) => (change?.organizationId === organizationId ? [change] : [])),
  };
}

it('tells of every change of a booking, with ids and nothing else', async () => {
  const reader = await openReader();
  const business = await openBusiness(test);
  const client = await business.client();
  const booked = await book(test, client, {
    ...business,
    startsAt: '2027-02-10T10:00:00.000Z',
    notes: 'a secret',
  });
  const expected = {
    organizationId: business.organizationId,
    kind: 'booking',
    bookingId: booked['id'],
    providerId: business.providerId,
  };
  // Held, then confirmed: a calendar shows both.
  await eventually(() => reader.of(business.organizationId).length === 2);
  expect(reader.of(business.organizationId)).toEqual([expected, expected]);
  reader.leave();
});

it('tells nothing of what was rolled back', async () => {
  const reader = await openReader();
  const business = await openBusiness(test);
  const client = await business.client();
  await hold(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  await expect(
    test.database.transaction(business.organizationId, async (tx) => {
      await tx.query('UPDATE booking SET notes = NULL');
      throw new Error('on purpose');
    }),
  ).rejects.toThrow('on purpose');
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('UPDATE booking SET notes = NULL'),
  );
  await eventually(() => reader.of(business.organizationId).length >= 2);
  expect(reader.of(business.organizationId)).toHaveLength(2);
  reader.leave();
});

it('misses no change whose transaction began before and ended after others that were told', async () => {
  const [early, late] = [await openBusiness(test), await openBusiness(test)];
  for (const business of [early, late])
    await hold(test, await business.client(), { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  const reader = await openReader();
  // A reader begins at the oldest transaction that is still open anywhere in the server, so it may hear of these holds too.
  const told = () => [early, late].map(({ organizationId }) => reader.of(organizationId).length);
  const [earlyBefore = 0, lateBefore = 0] = told();
  const touch = 'UPDATE booking SET notes = NULL';
  const slow = await new DataSource({ type: 'postgres', url: test.stored.appUrl }).initialize();
  const runner = slow.createQueryRunner();
  await runner.startTransaction();
  await runner.query(`SELECT set_config('kept.organization', $1, true)`, [early.organizationId]);
  await runner.query(touch);
  await test.database.transaction(late.organizationId, (tx) => tx.query(touch));
  await eventually(() => reader.of(late.organizationId).length > lateBefore);
  expect(told()).toEqual([earlyBefore, lateBefore + 1]);
  await runner.commitTransaction();
  await runner.release();
  await slow.destroy();
  await eventually(() => reader.of(early.organizationId).length > earlyBefore);
  // Looked at again and again meanwhile, told once.
  expect(told()).toEqual([earlyBefore + 1, lateBefore + 1]);
  reader.leave();
});

it('goes on where a reader was cut off, and says when it cannot', async () => {
  const first = await openReader();
  const cursor = await eventually(() => first.cursor());
  first.leave();
  const business = await openBusiness(test);
  await hold(test, await business.client(), { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  const second = await openReader(cursor);
  // At least once: whoever goes on may hear twice of what was just being told, and asks again for nothing.
  expect(new Set(second.of(business.organizationId).map(({ bookingId }) => bookingId)).size).toBe(1);
  expect(second.lines.some(({ reset }) => reset)).toBe(false);
  second.leave();
  const [settled] = cursor.split('.');
  const anHourAgo = test.clock().getTime() - 60 * 60_000;
  for (const gone of [`${settled}.${anHourAgo}`, `999999999999.${test.clock().getTime()}`, 'nonsense']) {
    const reader = await openReader(gone);
    expect(reader.lines[0]).toEqual({ reset: true });
    reader.leave();
  }
});

it('tells every process the same: each has a feed of its own', async () => {
  const other = openChangeFeed({ database: test.database, clock: test.clock, log, pollMs: 20 });
  const heard: CalendarChange[] = [];
  let looked = false;
  const leave = other.listen(({ changes }) => {
    looked = true;
    heard.push(...changes);
  });
  await eventually(() => looked);
  const business = await openBusiness(test);
  await hold(test, await business.client(), { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  await eventually(() => heard.some(({ organizationId }) => organizationId === business.organizationId));
  leave();
  await other.stop();
});

it('[scheduling A11] answers gateways alone: no passport, one for the graph or one of a person opens nothing', async () => {
  const without = await fetch(`${server.url}/changes`);
  const persons = await ask(
    undefined,
    callerOf({ kind: 'STAFF', roles: ['MANAGER'], operationName: CHANGES_OPERATION }),
  );
  const graphs = await ask(undefined, callerOf({ kind: 'SERVICE', organizationId: null }));
  expect([without.status, persons.response.status, graphs.response.status]).toEqual([401, 403, 403]);
});

it('forgets changes after an hour', async () => {
  await writeChanges(12_000, '61 minutes');
  expect(await forgetChanges(test.database)).toBe(12_000);
  expect(await forgetChanges(test.database)).toBe(0);
});

it('looks for what is new by transaction, however much there is that PostgreSQL has no statistics of', async () => {
  await writeChanges(30_000, '1 minute');
  const { settled } = await readChanges(test.database, undefined);
  const plan = await test.database.infrastructure('test', (tx) =>
    tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${READ}`, [settled.toString()]),
  );
  const text = JSON.stringify(plan);
  expect(text).toContain('Index Scan using booking_changes_by_transaction');
  expect(text).not.toMatch(/Sort|Seq Scan/);
});

const writeChanges = (count: number, age: string) =>
  test.database.infrastructure('test', (tx) =>
    tx.query(
      `INSERT INTO booking_change (organization_id, booking_id, provider_id, written_at)
       SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now() - $2::interval FROM generate_series(1, $1)`,
      [count, age],
    ),
  );
