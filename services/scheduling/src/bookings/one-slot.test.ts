import { openDatabase } from '@kept/database';
import type { Caller } from '@kept/passport';
import pg from 'pg';
import { schedulingEntities } from '../database.ts';
import { book, hold } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

const CALLERS = 50;
const slot = '2027-02-03T10:00:00.000Z';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 20 });
});
afterAll(() => test.stop());

const clients = (business: { client(): Promise<Caller> }) =>
  Promise.all(Array.from({ length: CALLERS }, () => business.client()));

it('[BOK-04] fifty callers, one slot, one booking', async () => {
  const business = await openBusiness(test);
  const herd = await clients(business);
  const answers = await Promise.all(
    herd.map((client) => hold(test, client, { ...business, startsAt: slot })),
  );
  expect(answers.filter(({ __typename }) => __typename === 'SlotHold')).toHaveLength(1);
  expect(answers.filter(({ __typename }) => __typename === 'SlotUnavailable')).toHaveLength(CALLERS - 1);
  // Whoever lost left nothing behind: no booking, no hold, no event.
  const counts = await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `SELECT (SELECT count(*)::int FROM booking) AS bookings, (SELECT count(*)::int FROM slot_hold) AS holds,
              (SELECT count(*)::int FROM idempotency_key) AS keys,
              (SELECT count(*)::int FROM outbox WHERE organization_id = $1) AS events`,
      [business.organizationId],
    ),
  );
  expect(counts).toEqual([{ bookings: 1, holds: 1, keys: 1, events: 1 }]);
});

it('[BOK-04] still one when every connection is cut in the middle and the pool begins anew', async () => {
  const business = await openBusiness(test);
  const herd = await clients(business);
  const admin = new pg.Client({ connectionString: test.stored.adminUrl });
  await admin.connect();
  const attempts = herd.map((client) =>
    hold(test, client, { ...business, startsAt: slot }).catch((error: Error) => ({
      __typename: error.message,
    })),
  );
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'test%'`,
  );
  await admin.end();
  const early = await Promise.all(attempts);
  const late = await Promise.all(
    herd.map(async (client) => hold(test, client, { ...business, startsAt: slot })),
  );
  const { length: acknowledged } = [...early, ...late].filter(({ __typename }) => __typename === 'SlotHold');
  const [stored] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ live: number }>(`SELECT count(*)::int AS live FROM allocation WHERE status = 'held'`),
  );
  // One that was saved may have been cut off before it was told; nobody was told who was not saved.
  expect(stored?.live).toBe(1);
  expect(acknowledged).toBeLessThanOrEqual(1);
});

it('[BOK-04] a booking made before a restart is in the way after it', async () => {
  const business = await openBusiness(test);
  await book(test, await business.client(), { ...business, startsAt: slot });
  const reopened = await openDatabase({
    url: test.stored.appUrl,
    entities: schedulingEntities,
    applicationName: 'test after a restart',
    poolMax: 2,
  });
  try {
    const [row] = await reopened.transaction(business.organizationId, (tx) =>
      tx.query<{ status: string }>('SELECT status FROM allocation'),
    );
    expect(row?.status).toBe('confirmed');
  } finally {
    await reopened.close();
  }
  const herd = await clients(business);
  const answers = await Promise.all(
    herd.map((client) => hold(test, client, { ...business, startsAt: slot })),
  );
  expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['SlotUnavailable']));
});

it('holding and confirming a slot takes no more round trips to the database than it needs', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const asked = countQueries();
  try {
    await book(test, client, { ...business, startsAt: slot });
    // With begin, settings and end of both transactions; it was 54.
    expect(asked.count()).toBeLessThanOrEqual(35);
  } finally {
    asked.stop();
  }
});

/** Counts what this process asks any database, until stopped. */
function countQueries(): { count(): number; stop(): void } {
  const client = pg.Client.prototype as { query: (...asked: unknown[]) => unknown };
  const { query } = client;
  let count = 0;
  client.query = function (this: unknown, ...asked) {
    count += 1;
    return query.apply(this, asked);
  };
  return { count: () => count, stop: () => void (client.query = query) };
}
