import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { APPROVE, EXTEND, REASSIGN } from '../bookings/life-for-tests.ts';
import { moreProviders } from '../offers/offers-for-tests.ts';
import { drifts } from '../offers/recount-for-tests.ts';
import { CANCEL, CONFIRM, HOLD, mutate, RESCHEDULE, type Answer } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { BOOK, CANCEL as CANCEL_SERIES, MOVE as MOVE_SERIES } from '../series/series-for-tests.ts';
import { JOIN, WEEK } from '../waitlist/waitlist-for-tests.ts';
import { leaks } from './dying-service.ts';

// A client that hears nothing sends its request again, sometimes before the first has ended. Whatever it is: both get the
// same answer, and it is done once.
let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 6 });
});
afterAll(() => test.stop());

async function twice(caller: Caller, query: string, input: Record<string, unknown>): Promise<Answer> {
  const operation = { query, input: { ...input, idempotencyKey: randomUUID() } };
  const [one, other] = await Promise.all([mutate(test, caller, operation), mutate(test, caller, operation)]);
  expect(other).toEqual(one);
  return one;
}
const countOf = async ({ organizationId }: TestBusiness, table: string): Promise<number> => {
  const [row] = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`),
  );
  return row?.count ?? 0;
};
const at = (hour: number): string => `2027-02-03T${String(hour)}:00:00.000Z`;

it('[BOK-04] the life of a booking, every step sent twice at once', async () => {
  const business = await openBusiness(test, { approvalRequired: true });
  await moreProviders(test, business, 1);
  const [client, manager] = [await business.client(), business.staff('MANAGER', 'FRONT_DESK')];
  const { serviceId, providerId } = business;
  const held = await twice(client, HOLD, { serviceId, providerId, startsAt: at(10) });
  const { id: holdId, bookingId } = held;
  await twice(client, EXTEND, { holdId });
  await twice(client, CONFIRM, { holdId });
  const change = async (caller: Caller, query: string, more: Record<string, unknown> = {}) => {
    const [row] = await test.database.transaction(business.organizationId, (tx) =>
      tx.query<{ version: number }>('SELECT version FROM booking WHERE id = $1', [bookingId]),
    );
    const answer = await twice(caller, query, { bookingId, expectedVersion: row?.version, ...more });
    return answer.__typename;
  };
  expect(await change(manager, APPROVE)).toBe('BookingDecided');
  expect(await change(client, RESCHEDULE, { startsAt: at(12) })).toBe('BookingRescheduled');
  expect(await change(manager, REASSIGN)).toBe('BookingRescheduled');
  expect(await change(client, CANCEL)).toBe('BookingCancelled');
  expect(await countOf(business, 'booking')).toBe(1);
  // Held, extended, asked for, approved, moved, given to somebody else, called off.
  expect(await countOf(business, 'booking_history')).toBe(7);
  expect(await leaks(test, business.organizationId, test.clock())).toEqual([]);
});

it('[BOK-04] a series and a place on the waitlist, sent twice at once', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const { serviceId, providerId, organizationId } = business;
  const asked = {
    serviceId,
    providerId,
    startsAt: at(10),
    rule: 'FREQ=DAILY;COUNT=3',
    mode: 'ALL_OR_NOTHING',
  };
  const { series } = (await twice(client, BOOK, asked)) as unknown as {
    series: { id: string; occurrences: { booking: { id: string } }[] };
  };
  expect(await countOf(business, 'booking')).toBe(3);
  const of = { seriesId: series.id, bookingId: series.occurrences[0]?.booking.id, scope: 'ALL' };
  const moved = await twice(client, MOVE_SERIES, { ...of, startsAt: at(12), expectedVersion: 1 });
  expect(moved).toMatchObject({ __typename: 'SeriesRescheduled', movedCount: 3 });
  expect(await twice(client, CANCEL_SERIES, { ...of, expectedVersion: 2 })).toMatchObject({
    cancelledCount: 3,
  });
  expect(await countOf(business, 'booking_history')).toBe(3 * 4);
  await twice(client, JOIN, { serviceId, windows: WEEK });
  expect(await countOf(business, 'waitlist_entry')).toBe(1);
  expect(await drifts(test.database, organizationId)).toEqual([]);
  expect(await leaks(test, organizationId, test.clock())).toEqual([]);
});
