import type { Caller } from '@kept/passport';
import { copyInStatus } from '../bookings/life-for-tests.ts';
import { book, CANCEL, COMPLETE, mutate, NO_SHOW, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let original: string;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 12 });
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  business = await openBusiness(test, { maximumAdvanceMinutes: 500_000 });
  client = await business.client();
  original = (await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' })).id;
  test.clock.set('2027-02-09T10:00:00.000Z');
});

const alerts = async () =>
  (await eventsOf(test.database, business.organizationId, 'alert.raised')).map(({ reason, parameters }) => ({
    reason,
    kind: parameters['kind'],
    actor: parameters['actor'],
  }));
const appointments = (count: number) =>
  Promise.all(
    Array.from({ length: count }, () => copyInStatus(test, business, { of: original, status: 'CONFIRMED' })),
  );

/** What somebody called off lately, one appointment every so many seconds: rows alone, as if it had been done. */
async function didLately(caller: Caller, done: { count: number; everySeconds: number }): Promise<void> {
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `WITH copies AS (
         INSERT INTO booking SELECT r.* FROM booking b CROSS JOIN generate_series(1, $2) AS n,
           LATERAL jsonb_populate_record(b, jsonb_build_object('id', md5(n || $3::text || $5::text)::uuid, 'history_head', NULL)) AS r
         WHERE b.id = $1 RETURNING *)
       INSERT INTO booking_history (organization_id, booking_id, version, action, at, channel, actor_kind, actor_id, request_id,
         new_status, new_starts_at, new_ends_at, new_provider_id, previous_hash, hash, signature)
       SELECT organization_id, id, 3, 'booking_cancelled', $5::timestamptz - (row_number() OVER ()) * $4 * interval '1 second',
         'STAFF', 'STAFF', $3::uuid, 'test', status, starts_at, ends_at, provider_id, decode(repeat('00', 32), 'hex'),
         decode(repeat('01', 32), 'hex'), decode(repeat('02', 64), 'hex') FROM copies`,
      [original, done.count, caller.accountId, done.everySeconds, test.clock()],
    ),
  );
}
async function callOff(caller: Caller, ids: readonly string[]): Promise<void> {
  for (const bookingId of ids) {
    const answer = await mutate(test, caller, { query: CANCEL, input: { bookingId, expectedVersion: 2 } });
    expect(answer.__typename).toBe('BookingCancelled');
  }
}

it('[DET-03] one member of staff who calls off a great many appointments raises one alert, and the audit trail says so', async () => {
  const desk = business.staff('FRONT_DESK');
  await didLately(desk, { count: 23, everySeconds: 20 });
  await callOff(desk, await appointments(1));
  expect(await alerts()).toEqual([]);
  await callOff(desk, await appointments(3));
  expect(await alerts()).toEqual([
    { reason: 'unusual_changes', kind: 'BULK_CHANGES', actor: desk.accountId },
  ]);
  const trail = await eventsOf(test.database, business.organizationId, 'audit.recorded');
  expect(trail.filter(({ action }) => action === 'unusual_changes')).toMatchObject([
    { actor: { id: desk.accountId }, details: { kind: 'BULK_CHANGES', count: '25', minutes: '10' } },
  ]);
  // The next hour is another matter.
  test.clock.advance(3_600_000);
  await didLately(desk, { count: 24, everySeconds: 20 });
  await callOff(desk, await appointments(1));
  expect(await alerts()).toHaveLength(2);
});

it('[DET-03] a client’s account that gives up one appointment after the other is noticed much sooner', async () => {
  await didLately(client, { count: 6, everySeconds: 60 });
  await callOff(client, await appointments(1));
  expect(await alerts()).toEqual([]);
  await callOff(client, await appointments(1));
  expect(await alerts()).toMatchObject([{ kind: 'BULK_CHANGES', actor: client.accountId }]);
});

it('[DET-03] several changes by staff in the middle of the night are noticed, on the clock of the business', async () => {
  const desk = business.staff('FRONT_DESK');
  const summer = await book(test, client, { ...business, startsAt: '2027-07-05T10:00:00.000Z' });
  original = summer.id;
  // Half past eleven in London, where summer time has begun; half past ten by UTC.
  test.clock.set('2027-07-01T22:30:00.000Z');
  await didLately(desk, { count: 3, everySeconds: 600 });
  await callOff(desk, await appointments(1));
  expect(await alerts()).toEqual([]);
  await didLately(client, { count: 6, everySeconds: 300 });
  await callOff(client, await appointments(1));
  expect(await alerts()).toEqual([]);
  await callOff(desk, await appointments(1));
  expect(await alerts()).toMatchObject([{ kind: 'OFF_HOURS_CHANGES', actor: desk.accountId }]);
});

it('[DET-03] a change of what was over long ago is noticed at once', async () => {
  const [soon, late] = await appointments(2);
  const close = (bookingId: string | undefined, query: string) =>
    mutate(test, business.provider(), { query, input: { bookingId, expectedVersion: 2 } });
  test.clock.set('2027-02-17T10:00:00.000Z');
  expect(await close(soon, COMPLETE)).toMatchObject({ __typename: 'BookingClosed' });
  expect(await alerts()).toEqual([]);
  test.clock.set('2027-02-17T11:00:00.001Z');
  expect(await close(late, NO_SHOW)).toMatchObject({ __typename: 'BookingClosed' });
  expect(await alerts()).toMatchObject([{ kind: 'PAST_CHANGES', actor: business.providerId }]);
});

it('[DET-03] a normal week raises nothing: a day called off for an illness, moves, no-shows, late evenings', async () => {
  const desk = business.staff('FRONT_DESK');
  // A provider is ill: sixteen appointments, half a minute each.
  await didLately(desk, { count: 15, everySeconds: 30 });
  await callOff(desk, await appointments(1));
  test.clock.set('2027-02-09T23:30:00.000Z');
  await didLately(desk, { count: 2, everySeconds: 60 });
  await callOff(desk, await appointments(1));
  test.clock.set('2027-02-09T09:00:00.000Z');
  await mutate(test, client, {
    query: RESCHEDULE,
    input: { bookingId: original, expectedVersion: 2, startsAt: '2027-02-12T12:00:00.000Z' },
  });
  await callOff(client, await appointments(2));
  test.clock.set('2027-02-13T10:00:00.000Z');
  for (const bookingId of await appointments(3))
    await mutate(test, business.provider(), { query: COMPLETE, input: { bookingId, expectedVersion: 2 } });
  expect(await alerts()).toEqual([]);
});
