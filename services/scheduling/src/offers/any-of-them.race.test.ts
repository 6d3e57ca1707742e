import type { Caller } from '@kept/passport';
import { outcomeSeenFromOutside } from '../arbiter/race-for-tests.ts';
import { HOLD, mutate } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { idIn, moreProviders, offer, someRooms } from './offers-for-tests.ts';

/**
 * F20: "any provider" and "any room" are where others double-book (~40 a week at one municipality). Here nobody who could
 * have been served is told that nothing is free either: the promise is that of try-candidates.ts.
 */
let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 16 });
});
afterAll(() => test.stop());

const nightly = (quick: number, large: number): number =>
  process.env['KEPT_NIGHTLY'] === '1' ? large : quick;
const at = '2027-02-03T10:00:00.000Z';
const clientsOf = (business: TestBusiness, count: number): Promise<Caller[]> =>
  Promise.all(Array.from({ length: count }, () => business.client()));
const ask = (business: TestBusiness, client: Caller, more: Record<string, unknown> = {}) =>
  mutate(test, client, { query: HOLD, input: { serviceId: business.serviceId, startsAt: at, ...more } });

async function herd(
  business: TestBusiness,
  callers: number,
  more: Record<string, unknown> = {},
): Promise<string[]> {
  const clients = await clientsOf(business, callers);
  const answers = await Promise.all(clients.map((client) => ask(business, client, more)));
  expect(await outcomeSeenFromOutside(test.stored)).toEqual({ overlaps: 0, deadlocks: 0 });
  expect(test.database.counters.retries).toBe(0);
  return answers.map(({ __typename }) => __typename);
}
const held = (answers: string[]): number => answers.filter((answer) => answer === 'SlotHold').length;

/** Every booking has each kind of thing it needs, and no two share one. */
async function needsOf(business: TestBusiness): Promise<{ staff: number; rooms: number; bookings: number }> {
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ staff: number; rooms: number; bookings: number }>(
      `SELECT count(DISTINCT resource_id) FILTER (WHERE kind = 'STAFF')::int AS staff,
              count(DISTINCT resource_id) FILTER (WHERE kind = 'ROOM')::int AS rooms,
              count(DISTINCT booking_id)::int AS bookings FROM booking_resource`,
    ),
  );
  return row ?? { staff: -1, rooms: -1, bookings: -1 };
}

it('[BOK-04] [offers 4] any provider: as many callers as providers and more are served while one is free, nobody twice', async () => {
  const business = await openBusiness(test);
  await moreProviders(test, business, nightly(9, 19));
  const answers = await herd(business, nightly(30, 80));
  expect(held(answers)).toBe(nightly(10, 20));
  expect(await needsOf(business)).toMatchObject({ staff: nightly(10, 20), bookings: nightly(10, 20) });
});

it('[BOK-04] any room: n callers and n + k rooms, nobody is told that nothing is free', async () => {
  const business = await openBusiness(test);
  await moreProviders(test, business, nightly(11, 23));
  const { groupId } = await someRooms(test, business, nightly(10, 26));
  const { serviceId } = business;
  const requirements = [{ groupId, required: 1 }];
  await offer({ test, business }, 'setResourceRequirements', { serviceId, expectedVersion: 1, requirements });
  const callers = nightly(8, 24);
  const answers = await herd(business, callers);
  expect(held(answers)).toBe(callers);
  expect(await needsOf(business)).toEqual({ staff: callers, rooms: callers, bookings: callers });
});

it('[BOK-04] fifty callers for one provider, a room of three and a device: one booking with all of them', async () => {
  const business = await openBusiness(test);
  const { groupId } = await someRooms(test, business, 3);
  const device = idIn(
    await offer({ test, business }, 'createResource', { kind: 'EQUIPMENT', name: 'Laser' }),
  );
  const { serviceId, providerId } = business;
  const requirements = [{ groupId, required: 2 }, { resourceId: device }];
  await offer({ test, business }, 'setResourceRequirements', { serviceId, expectedVersion: 1, requirements });
  const answers = await herd(business, 50, { providerId });
  expect(held(answers)).toBe(1);
  expect(answers.filter((answer) => answer === 'SlotUnavailable')).toHaveLength(49);
  expect(await needsOf(business)).toEqual({ staff: 1, rooms: 2, bookings: 1 });
  // Whoever lost left nothing behind.
  const [left] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `SELECT (SELECT count(*)::int FROM allocation) AS rows, (SELECT count(*)::int FROM slot_hold) AS holds`,
    ),
  );
  expect(left).toEqual({ rows: 4, holds: 1 });
});

it('[BOK-04] teams of two out of five: two bookings at once, never a third, nobody in both', async () => {
  const business = await openBusiness(test);
  await moreProviders(test, business, 4);
  const { serviceId } = business;
  const team = { serviceId, expectedVersion: 1, providerChoice: 'COLLECTIVE', providersNeeded: 2 };
  await offer({ test, business }, 'updateService', team);
  const answers = await herd(business, 20);
  expect(held(answers)).toBe(2);
  expect(await needsOf(business)).toMatchObject({ staff: 4, bookings: 2 });
});

it('[BOK-04] a group of eight by any of two providers: sixteen seats, two sessions, the first filled first', async () => {
  const business = await openBusiness(test, { capacity: 8 });
  await moreProviders(test, business, 1);
  const answers = await herd(business, 24);
  expect(held(answers)).toBe(16);
  const sessions = await test.database.transaction(business.organizationId, (tx) =>
    tx.query('SELECT seats_taken FROM group_session'),
  );
  expect(sessions).toEqual([{ seats_taken: 8 }, { seats_taken: 8 }]);
});
