import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { databaseMigrations, type Database } from '@kept/database';
import { eventsMigrations, publish, startRelay } from '@kept/events';
import { openCarrier } from '@kept/jobs';
import { openLifetime, openLog } from '@kept/subgraph-kit';
import {
  eventually,
  fixedClock,
  testPassportKey,
  throwAwayDatabase,
  type ThrowAwayDatabase,
} from '@kept/testing';
import type { SchedulingConfig } from './config.ts';
import { schedulingEntities, schedulingMigrations } from './database.ts';
import { book, hold, mutate } from './operations-for-tests.ts';
import { openBusiness, testGraph } from './scheduling-for-tests.ts';
import { startScheduling } from './start-scheduling.ts';
import { JOIN } from './waitlist/waitlist-for-tests.ts';

const log = openLog({ service: 'scheduling', level: 'silent' });
const lifetime = openLifetime(log);
const clock = fixedClock('2027-02-01T05:00:00Z');
const [own, paymentsKeys] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const port = 20_000 + Math.floor(Math.random() * 20_000);
const test = testGraph({ url: `http://127.0.0.1:${port}`, clock });

let stored: ThrowAwayDatabase;
let payments: ThrowAwayDatabase;
let database: Database;

beforeAll(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
  });
  payments = await throwAwayDatabase({
    service: 'payments',
    migrations: [databaseMigrations, eventsMigrations],
    entities: [],
  });
  const config: SchedulingConfig = {
    KEPT_DATABASE_CONNECTIONS: 8,
    NODE_ENV: 'test',
    KEPT_HOST: '127.0.0.1',
    KEPT_PORT: port,
    DATABASE_URL: stored.appUrl,
    QUEUE_DATABASE_URL: stored.queueUrl,
    KEPT_PASSPORT_KEYS: [testPassportKey('scheduling')],
    KEPT_SIGNING_KEY: own.privateKey,
    KEPT_TRUSTED_KEYS: { payments: paymentsKeys.publicKey },
    KEPT_ROOT_KEY: randomBytes(32),
    KEPT_LOG_LEVEL: 'silent',
    KEPT_RUN: ['api', 'worker'],
    KEPT_REQUEST_WORK: 2,
    KEPT_SWEEP_SECONDS: 1,
  };
  ({ database } = await startScheduling({ config, log, lifetime, clock }));
});
afterAll(async () => {
  await lifetime.stop();
  await stored.drop();
  await payments.drop();
});

const one = <Row>(organizationId: string, sql: string, parameters: unknown[] = []) =>
  database.transaction(organizationId, async (tx) => (await tx.query<Row>(sql, parameters))[0]);

it('confirms a booking when payments says, over the queue, that its deposit is authorised', async () => {
  const business = await openBusiness({ database, clock }, { depositMinor: 2000 });
  const client = await business.client();
  const held = await hold(test, client, { ...business, startsAt: '2027-02-03T10:00:00.000Z' });
  const { organizationId } = business;
  const carrier = openCarrier({ service: 'payments', postgresUrl: stored.queueUrl, log });
  const relay = startRelay({
    database: payments.database,
    carrier,
    service: 'payments',
    signingKey: paymentsKeys.privateKey,
    trustedKeys: { scheduling: own.publicKey },
    clock,
    log,
    pollMs: 100,
  });
  await payments.database.transaction(organizationId, (tx) =>
    publish(tx, 'payment.authorized', {
      paymentId: randomUUID(),
      bookingId: String(held['bookingId']),
      holdId: String(held['id']),
      clientId: client.accountId ?? '',
      amountMinor: 2000,
      currency: 'GBP',
    }),
  );
  await eventually(
    async () =>
      (await one<{ status: string }>(organizationId, 'SELECT status FROM booking'))?.status === 'CONFIRMED',
    { withinMs: 20_000 },
  );
  await eventually(() => relay.counters.acknowledged === 1, { withinMs: 20_000 });
  await relay.stop();
  await carrier.close();
});

it('[scheduling F13] offers a time over the queue to whoever waits, and to the next when it is not answered', async () => {
  const business = await openBusiness({ database, clock });
  const [first, second] = [await business.client(), await business.client()];
  const windows = [{ from: '2027-02-01', to: '2027-02-01' }];
  const { serviceId, organizationId } = business;
  const wish = { query: JOIN, input: { serviceId, windows, earliest: '19:00', latest: '19:01' } };
  await mutate(test, first, wish);
  const offeredTo = (clientId: string | null) =>
    one<{ status: string }>(
      organizationId,
      `SELECT o.status FROM waitlist_offer o JOIN waitlist_entry e ON e.id = o.entry_id WHERE e.client_id = $1`,
      [clientId],
    );
  await eventually(async () => (await offeredTo(first.accountId))?.status === 'OPEN', { withinMs: 20_000 });
  await mutate(test, second, wish);
  clock.set('2027-02-01T12:00:00Z');
  await eventually(async () => (await offeredTo(second.accountId))?.status === 'OPEN', { withinMs: 20_000 });
  // The arbiter frees an expired hold when somebody else takes it; the sweep writes down a moment later what became of it.
  await eventually(async () => (await offeredTo(first.accountId))?.status === 'LAPSED', { withinMs: 20_000 });
});

it('[BOK-09] sweeps, reminds and purges by itself as its clock moves', async () => {
  const business = await openBusiness({ database, clock });
  const { organizationId } = business;
  const client = await business.client();
  await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z', notes: 'to be forgotten' });
  await hold(test, client, { ...business, startsAt: '2027-02-11T10:00:00.000Z' });
  clock.set('2027-02-09T10:00:00Z');
  await eventually(
    async () =>
      (await one<{ state: string }>(organizationId, 'SELECT state FROM reminder'))?.state === 'REQUESTED',
    { withinMs: 20_000 },
  );
  await eventually(
    async () =>
      (
        await one<{ swept: number }>(
          organizationId,
          `SELECT count(*)::int AS swept FROM slot_hold WHERE status = 'EXPIRED'`,
        )
      )?.swept === 1,
    { withinMs: 20_000 },
  );
  const counts = `SELECT (SELECT count(*)::int FROM booking) AS bookings, (SELECT count(*)::int FROM allocation) AS allocations,
                         (SELECT count(*)::int FROM slot_hold) AS holds, (SELECT count(*)::int FROM reminder) AS reminders`;
  expect(await one(organizationId, counts)).toEqual({ bookings: 2, allocations: 1, holds: 2, reminders: 1 });
  clock.set('2029-02-12T12:00:00Z');
  // Table after table: the bookings are gone before their allocations.
  await eventually(
    async () => {
      const left = (await one<Record<string, number>>(organizationId, counts)) ?? {};
      return Object.values(left).join() === '0,0,0,0';
    },
    { withinMs: 20_000 },
  );
  const evidence = await database.infrastructure('test', (tx) =>
    tx.query<{ details: Record<string, string> }>(
      `SELECT payload -> 'details' AS details FROM outbox
       WHERE organization_id = $1 AND payload ->> 'action' = 'retention_purged' ORDER BY payload -> 'details' ->> 'table'`,
      [organizationId],
    ),
  );
  expect(evidence.map(({ details }) => [details['table'], details['count']])).toEqual(
    expect.arrayContaining([
      ['allocation', '1'],
      ['booking', '2'],
    ]),
  );
});
