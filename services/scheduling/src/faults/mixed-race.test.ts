import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { outcomeSeenFromOutside } from '../arbiter/race-for-tests.ts';
import { sweepHolds } from '../bookings/expire-holds.job.ts';
import { APPROVE, DECLINE, EXTEND, REASSIGN } from '../bookings/life-for-tests.ts';
import { idIn, moreProviders, offer, someRooms } from '../offers/offers-for-tests.ts';
import { drifts } from '../offers/recount-for-tests.ts';
import { CANCEL, CONFIRM, HOLD, mutate, RELEASE, RESCHEDULE } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { BOOK, CANCEL as CANCEL_SERIES, MOVE as MOVE_SERIES } from '../series/series-for-tests.ts';
import { join, wake } from '../waitlist/waitlist-for-tests.ts';
import { leaks } from './dying-service.ts';

// Each part of booking keeps its locks in order; this is what shows that all of them together do. Everything that changes a
// booking, at random and at once, on two days of three providers: rooms, seats, things of a pool, limits, series, a
// waitlist, and holds that run out meanwhile.
const nightly = process.env['KEPT_NIGHTLY'] === '1';
const WORKERS = 24;
/** What comes about in twenty seconds, even on a slow machine. */
const RARER = [
  'BookingCancelled',
  'BookingRescheduled',
  'BookingDecided',
  'SeriesBooked',
  'SeriesCancelled',
  'LimitReached',
];
const LASTS_MS = nightly ? 20_000 : 3_000;
const EXPECTED = ['SlotHold', 'SlotUnavailable', 'BookingConfirmed', ...(nightly ? RARER : [])];

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: WORKERS });
});
afterAll(() => test.stop());

const any = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;
const startsAt = (): string =>
  new Date(
    Date.parse('2027-02-02T09:00:00Z') + any([0, 1]) * 86_400_000 + any([0, 1, 2, 3, 4, 5]) * 3_600_000,
  ).toISOString();

interface Found {
  id: string;
  version: number;
  status: string;
  clientId: string;
  holdId: string;
  seriesId: string | null;
  seriesVersion: number | null;
}

/** A business with everything that is counted: a plain service, one with a room, a group, one with bikes, one with approval. */
async function openEverything() {
  const business = await openBusiness(test);
  const { organizationId, serviceId } = business;
  await moreProviders(test, business, 2);
  const [group = '', room = '', bikes = '', approval = ''] = [1, 2, 3, 4].map(() => randomUUID());
  const alike: [string, object][] = [
    [group, { capacity: 3 }],
    [room, { buffer_after_minutes: 30 }],
    [bikes, {}],
    [approval, { approval_required: true }],
  ];
  await test.database.transaction(organizationId, async (tx) => {
    for (const [id, changed] of alike) {
      await tx.query(
        `INSERT INTO service SELECT r.* FROM service s,
           LATERAL jsonb_populate_record(NULL::service, to_jsonb(s) || $2::jsonb) AS r WHERE s.id = $1`,
        [serviceId, JSON.stringify({ id, ...changed })],
      );
      await tx.query(
        `INSERT INTO service_provider (organization_id, service_id, provider_id)
         SELECT organization_id, $2, provider_id FROM service_provider WHERE service_id = $1`,
        [serviceId, id],
      );
    }
  });
  const at = { test, business };
  const { groupId } = await someRooms(test, business, 2);
  const needing = (of: string, need: object) =>
    offer(at, 'setResourceRequirements', {
      serviceId: of,
      expectedVersion: 1,
      requirements: [{ required: 1, ...need }],
    });
  await needing(room, { groupId });
  const pool = await offer(at, 'createResource', { kind: 'EQUIPMENT', name: 'Bikes', capacity: 2 });
  await needing(bikes, { resourceId: idIn(pool) });
  await offer(at, 'setBookingLimit', { scope: 'PROVIDER', period: 'DAY', bookingsMax: 6 });
  await offer(at, 'setBookingLimit', { scope: 'CLIENT', period: 'WEEK', bookingsMax: 4 });
  await offer(at, 'setBookingLimit', { scope: 'SERVICE', period: 'DAY', bookingsMax: 7, serviceId: bikes });
  return { business, services: [serviceId, group, room, bikes, approval] };
}

it('[BOK-04] everything at once: no deadlock, no overlap, no count that drifts, no time that leaks', async () => {
  const { business, services } = await openEverything();
  const { organizationId, providerId } = business;
  const clients = new Map<string, Caller>();
  for (let made = 0; made < 30; made += 1) {
    const client = await business.client();
    clients.set(client.accountId ?? '', client);
  }
  const providers = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string }>('SELECT id FROM provider ORDER BY id'),
  );
  const manager = business.staff('MANAGER', 'FRONT_DESK');
  const find = async (): Promise<Found | undefined> => {
    const [found] = await test.database.transaction(organizationId, (tx) =>
      tx.query<Found>(
        `SELECT b.id, b.version, b.status, b.client_id AS "clientId", h.id AS "holdId", s.id AS "seriesId", s.version AS "seriesVersion"
         FROM booking b JOIN slot_hold h ON h.booking_id = b.id
         LEFT JOIN series_occurrence o ON o.booking_id = b.id LEFT JOIN booking_series s ON s.id = o.series_id
         WHERE b.status NOT IN ('EXPIRED', 'CANCELLED', 'DECLINED') OR random() < 0.05 ORDER BY random() LIMIT 1`,
      ),
    );
    return found;
  };
  const seen = new Map<string, number>();
  const unexpected: string[] = [];
  const ask = async (caller: Caller, query: string, input: Record<string, unknown>) => {
    try {
      const { __typename: answer } = await mutate(test, caller, { query, input });
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    } catch (error) {
      const { message } = error as Error;
      // A passport is good for a minute, and here minutes pass in no time.
      if (!/^(BAD_INPUT|NOT_FOUND|FORBIDDEN|UNAUTHENTICATED)/.test(message)) unexpected.push(message);
    }
  };
  const book = () => {
    const some = { serviceId: any(services), startsAt: startsAt() };
    const by = Math.random() < 0.5 ? {} : { providerId: any(providers).id };
    return ask(any([...clients.values()]), HOLD, { ...some, ...by });
  };
  const series = () =>
    ask(any([...clients.values()]), BOOK, {
      serviceId: any(services),
      providerId: any(providers).id,
      startsAt: startsAt().replace('02-03', '02-02'),
      rule: 'FREQ=DAILY;COUNT=2',
      mode: any(['ALL_OR_NOTHING', 'WHAT_IS_FREE']),
    });
  const change = async () => {
    const found = await find();
    if (found === undefined) return book();
    const { id: bookingId, version: expectedVersion, holdId, status } = found;
    const client = clients.get(found.clientId) ?? manager;
    const of = { bookingId, expectedVersion };
    if (status.startsWith('PENDING_') && status !== 'PENDING_APPROVAL') {
      const [query, input] = any([
        [CONFIRM, { holdId }],
        [CONFIRM, { holdId }],
        [EXTEND, { holdId }],
        [RELEASE, { holdId }],
      ] as const);
      return ask(client, query, input);
    }
    if (status === 'PENDING_APPROVAL')
      return ask(manager, any([APPROVE, DECLINE]), { ...of, reason: 'The room is being painted.' });
    const inSeries = { seriesId: found.seriesId, bookingId, scope: any(['THIS', 'ALL']) };
    if (found.seriesId !== null && Math.random() < 0.5) {
      const version = { ...inSeries, expectedVersion: found.seriesVersion };
      if (Math.random() < 0.5) return ask(client, CANCEL_SERIES, version);
      return ask(client, MOVE_SERIES, { ...version, startsAt: startsAt() });
    }
    const [query, caller, input] = any([
      [CANCEL, client, of],
      [RESCHEDULE, client, { ...of, startsAt: startsAt() }],
      [RESCHEDULE, client, { ...of, startsAt: startsAt(), providerId }],
      [REASSIGN, manager, of],
    ] as const);
    return ask(caller, query, input);
  };
  const wait = async () => {
    const client = any([...clients.values()]);
    await join(test, client, { business, serviceId: any(services) }).catch(() => undefined);
    await wake(test, business);
  };
  const sweep = async () => {
    test.clock.advance(90_000);
    await test.database.transaction(organizationId, (tx) => sweepHolds(tx, test.scheduling, test.clock()));
  };
  const until = performance.now() + LASTS_MS;
  // A slow machine takes longer until something of each kind has come about; without, the race would show nothing.
  const isOver = () =>
    performance.now() > until + 60_000 ||
    (performance.now() > until && EXPECTED.every((kind) => seen.has(kind)));
  const working = async (what: (() => Promise<void>)[]) => {
    while (!isOver()) {
      await any(what)().catch((error: unknown) => void unexpected.push(String((error as Error).stack)));
    }
  };
  const often = [book, book, book, book, change, change, change, change, change, change, change];
  const each = [...often, ...often, series, series, wait, sweep];
  await Promise.all(Array.from({ length: WORKERS }, () => working(each)));
  await sweep();
  expect([...new Set(unexpected)]).toEqual([]);
  expect(await outcomeSeenFromOutside(test.stored)).toEqual({ overlaps: 0, deadlocks: 0 });
  expect(await drifts(test.database, organizationId)).toEqual([]);
  expect(await leaks(test, organizationId, test.clock())).toEqual([]);
  expect([...seen.keys()]).toEqual(expect.arrayContaining(EXPECTED));
});
