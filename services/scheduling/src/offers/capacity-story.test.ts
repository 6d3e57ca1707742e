import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { byItself } from '../audit/actor.ts';
import { sweepHolds } from '../bookings/expire-holds.job.ts';
import { holdSlot } from '../bookings/hold-slot.ts';
import { mutate, RELEASE } from '../operations-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { idIn, moreProviders, offer } from './offers-for-tests.ts';
import { removeCounters } from './sweep-counters.job.ts';
import { at, storyOf, typeOf } from './story-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const { hold, book, cancel, move, rows } = storyOf(() => ({ test, business }));
const sweep = (): Promise<void> =>
  test.database.transaction(business.organizationId, (tx) => sweepHolds(tx, test.scheduling, test.clock()));
/** Nothing of anything is left over, neither in the arbiter nor in a counter. */
async function expectAllGivenBack(): Promise<void> {
  expect(
    await rows(`SELECT (SELECT count(*)::int FROM allocation WHERE status <> 'released') AS times,
      (SELECT COALESCE(sum(used), 0)::int FROM capacity_use) AS things, (SELECT COALESCE(sum(used), 0)::int FROM limit_use) AS bookings,
      (SELECT COALESCE(sum(seats_taken), 0)::int FROM group_session) AS seats`),
  ).toEqual([{ times: 0, things: 0, bookings: 0, seats: 0 }]);
}

it('a variant with add-ons at one of two places: its length, its price, its fees, its place', async () => {
  business = await openBusiness(test, { noShowFeePercent: 50, lateCancellationFeeMinor: 1000 });
  const of = (expectedVersion: number) => ({ serviceId: business.serviceId, expectedVersion });
  const places = [];
  for (const name of ['East', 'West']) {
    places.push(
      idIn(
        await offer({ test, business }, 'createLocation', {
          kind: 'IN_PERSON',
          name,
          address: `1 ${name} Lane`,
        }),
      ),
    );
  }
  await offer({ test, business }, 'updateService', { ...of(1), locationIds: places });
  await offer({ test, business }, 'addServiceVariant', {
    ...of(2),
    name: 'Long',
    durationMinutes: 90,
    priceMinor: 11_000,
    depositMinor: 3000,
  });
  const changed = await offer({ test, business }, 'addServiceAddOn', {
    ...of(3),
    name: 'Tea',
    extraMinutes: 15,
    extraPriceMinor: 301,
  });
  const { variants, addOns } = changed['service'] as Record<'variants' | 'addOns', { id: string }[]>;
  const choice = { variantId: variants[0]?.id, addOnIds: [addOns[0]?.id] };
  const client = await business.client();
  await expect(hold(client, at('10:00'), choice)).rejects.toThrow(/BAD_INPUT.*locationId/);
  expect(await hold(client, at('10:00'), { ...choice, locationId: places[1] })).toMatchObject({
    __typename: 'SlotHold',
    endsAt: at('11:45'),
    depositDue: { amountMinor: 3000, currency: 'GBP' },
  });
  expect(
    await rows(`SELECT price_minor::int AS price, location_kind, location_id, f.no_show_fee_minor::int AS no_show, f.late_cancellation_fee_minor::int AS late
      FROM booking b JOIN booking_fee f ON f.booking_id = b.id`),
  ).toEqual([
    { price: 11_301, location_kind: 'IN_PERSON', location_id: places[1], no_show: 5650, late: 1000 },
  ]);
});

it('any provider: the fairest is booked, and a named one is the one', async () => {
  business = await openBusiness(test);
  const [other = ''] = await moreProviders(test, business, 1);
  await book(await business.client(), at('08:00'), { providerId: business.providerId });
  await book(await business.client(), at('12:00'));
  await book(await business.client(), at('14:00'), { providerId: business.providerId });
  await book(await business.client(), at('16:00'));
  expect(await rows('SELECT provider_id FROM booking ORDER BY starts_at')).toEqual(
    [business.providerId, other, business.providerId, other].map((provider_id) => ({ provider_id })),
  );
});

it('a collective appointment blocks everybody, is led by whoever was asked for, and moves as a whole', async () => {
  business = await openBusiness(test);
  const [other = ''] = await moreProviders(test, business, 1);
  await offer({ test, business }, 'updateService', {
    serviceId: business.serviceId,
    expectedVersion: 1,
    providerChoice: 'COLLECTIVE',
  });
  const client = await business.client();
  const booked = await book(client, at('10:00'), { providerId: other });
  const roles = `SELECT r.resource_id, r.role, (SELECT count(*)::int FROM allocation a WHERE a.owner_id = r.booking_id AND a.resource_id = r.resource_id AND a.status = 'confirmed') AS rows
    FROM booking_resource r ORDER BY r.role`;
  const whole = [
    { resource_id: business.providerId, role: 'CO_PROVIDER', rows: 1 },
    { resource_id: other, role: 'PROVIDER', rows: 1 },
  ];
  expect(await rows(roles)).toEqual(whole);
  expect(await typeOf(hold(await business.client(), at('10:30')))).toBe('SlotUnavailable');
  expect(await move(client, booked, at('10:30'))).toMatchObject({ booking: { startsAt: at('10:30') } });
  expect(await rows(roles)).toEqual(whole);
  await cancel(client, { ...booked, version: booked.version + 1 });
  await expectAllGivenBack();
});

it('a pool lends what it has, moves with the booking, and takes back what is cancelled, released or has run out', async () => {
  business = await openBusiness(test);
  await moreProviders(test, business, 5);
  const mats = idIn(
    await offer({ test, business }, 'createResource', { kind: 'EQUIPMENT', name: 'Mat', capacity: 3 }),
  );
  const requirements = [{ resourceId: mats, required: 1 }];
  await offer({ test, business }, 'setResourceRequirements', {
    serviceId: business.serviceId,
    expectedVersion: 1,
    requirements,
  });
  const clients = await Promise.all(Array.from({ length: 6 }, () => business.client()));
  const [one, two, three, four] = clients as [Caller, Caller, Caller, Caller];
  const first = await book(one, at('10:00'));
  const held = await hold(two, at('10:00'));
  await hold(three, at('10:30'));
  expect(await typeOf(hold(four, at('10:00')))).toBe('SlotUnavailable');
  expect(await move(one, first, at('12:00'))).toMatchObject({ __typename: 'BookingRescheduled' });
  const last = await book(four, at('10:00'));
  expect(await typeOf(move(one, { ...first, version: 3 }, at('10:30')))).toBe('SlotUnavailable');
  await mutate(test, two, { query: RELEASE, input: { holdId: held['id'] } });
  expect(await typeOf(move(one, { ...first, version: 3 }, at('10:30')))).toBe('BookingRescheduled');
  test.clock.advance(900_000);
  await sweep();
  await cancel(four, last);
  await cancel(one, { ...first, version: 4 });
  await expectAllGivenBack();
});

it('[BOK-07] a limit of each client counts every booking, follows a move, and lets go of what is cancelled or has run out', async () => {
  business = await openBusiness(test);
  await offer({ test, business }, 'setBookingLimit', { scope: 'CLIENT', period: 'DAY', bookingsMax: 1 });
  await offer({ test, business }, 'setBookingLimit', { scope: 'PROVIDER', period: 'WEEK', bookingsMax: 3 });
  const client = await business.client();
  const booked = await book(client, at('10:00'));
  expect(await hold(client, at('12:00'))).toEqual({
    __typename: 'LimitReached',
    limit: 1,
    message: 'One person can have one appointment a day here. Please choose another day.',
  });
  expect(await typeOf(move(client, booked, at('12:00')))).toBe('BookingRescheduled');
  expect(await typeOf(move(client, { ...booked, version: 3 }, at('12:00', '04')))).toBe('BookingRescheduled');
  expect(await typeOf(hold(client, at('12:00')))).toBe('SlotHold');
  expect(await typeOf(hold(await business.client(), at('14:00')))).toBe('SlotHold');
  const late = await business.client();
  expect(await hold(late, at('16:00'))).toMatchObject({
    __typename: 'PolicyViolation',
    code: 'BOOKING_LIMIT',
  });
  // The day after Sunday is another week.
  expect(await typeOf(hold(late, at('16:00', '08')))).toBe('SlotHold');
  test.clock.advance(900_000);
  expect(await typeOf(hold(late, at('16:00')))).toBe('SlotHold');
  test.clock.advance(900_000);
  await sweep();
  await cancel(client, { ...booked, version: 4 });
  await expectAllGivenBack();
});

it('what is confirmed counts after the time of its hold as well: seats, things and bookings', async () => {
  business = await openBusiness(test, { capacity: 2 });
  const [other = ''] = await moreProviders(test, business, 1);
  const mats = idIn(
    await offer({ test, business }, 'createResource', { kind: 'EQUIPMENT', name: 'Mat', capacity: 3 }),
  );
  const requirements = [{ resourceId: mats, required: 1 }];
  const of = { serviceId: business.serviceId, expectedVersion: 1 };
  await offer({ test, business }, 'setResourceRequirements', { ...of, requirements });
  await offer({ test, business }, 'setBookingLimit', { scope: 'CLIENT', period: 'DAY', bookingsMax: 1 });
  const { providerId } = business;
  const client = await business.client();
  await book(client, at('10:00'), { providerId, seats: 2 });
  test.clock.advance(3_600_000);
  expect(await typeOf(hold(await business.client(), at('10:00'), { providerId }))).toBe('SlotUnavailable');
  expect(await typeOf(hold(await business.client(), at('10:00'), { providerId: other, seats: 2 }))).toBe(
    'SlotUnavailable',
  );
  expect(await typeOf(hold(client, at('14:00')))).toBe('LimitReached');
  expect(await typeOf(hold(await business.client(), at('10:00'), { providerId: other }))).toBe('SlotHold');
});

it('counters of what is over are removed, those of what is ahead are not', async () => {
  business = await openBusiness(test, { capacity: 2 });
  const mats = idIn(
    await offer({ test, business }, 'createResource', { kind: 'EQUIPMENT', name: 'Mat', capacity: 3 }),
  );
  const requirements = [{ resourceId: mats, required: 1 }];
  const of = { serviceId: business.serviceId, expectedVersion: 1 };
  await offer({ test, business }, 'setResourceRequirements', { ...of, requirements });
  await offer({ test, business }, 'setBookingLimit', { scope: 'PROVIDER', period: 'DAY', bookingsMax: 3 });
  const client = await business.client();
  await cancel(client, await book(client, at('10:00')));
  await book(client, at('12:00', '20'));
  const counters = () =>
    rows(`SELECT (SELECT count(DISTINCT quantum / 288)::int FROM capacity_use) AS days,
      (SELECT count(*)::int FROM limit_use) AS periods, (SELECT count(*)::int FROM group_session) AS sessions`);
  const remove = (now: string) =>
    test.database.transaction(business.organizationId, (tx) => removeCounters(tx, new Date(now)));
  expect(await counters()).toEqual([{ days: 2, periods: 2, sessions: 2 }]);
  await remove('2027-02-10T00:00:00Z');
  expect(await counters()).toEqual([{ days: 1, periods: 2, sessions: 1 }]);
  await remove('2028-02-10T00:00:00Z');
  // The session that took place stays as long as its bookings.
  expect(await counters()).toEqual([{ days: 0, periods: 0, sessions: 1 }]);
});

it('a limit that is new counts what is booked already; staff may pass it with a reason, and the arbiter never', async () => {
  business = await openBusiness(test);
  for (const time of ['08:00', '10:00']) await book(await business.client(), at(time));
  await offer({ test, business }, 'setBookingLimit', {
    scope: 'SERVICE',
    period: 'DAY',
    bookingsMax: 1,
    serviceId: business.serviceId,
  });
  const client = await business.client();
  expect(await hold(client, at('12:00'))).toMatchObject({ code: 'BOOKING_LIMIT' });
  expect(await typeOf(hold(client, at('12:00', '04')))).toBe('SlotHold');
  const staff = (startsAt: string) =>
    hold(business.staff('FRONT_DESK'), startsAt, {
      clientId: client.accountId,
      override: { reason: 'They came from far away.' },
    });
  expect(await typeOf(staff(at('12:00')))).toBe('SlotHold');
  expect(await typeOf(staff(at('10:00')))).toBe('SlotUnavailable');
});

it('a service for people who are known is not kept for somebody who has not said who they are', async () => {
  business = await openBusiness(test, { anonymousRequests: false });
  const { organizationId, serviceId } = business;
  const client = { id: randomUUID() };
  const asks = (origin: 'REQUEST' | 'BOOKED') =>
    test.database.transaction(organizationId, (tx) =>
      holdSlot(tx, test.scheduling, {
        offer: {
          serviceId,
          variantId: null,
          addOnIds: [],
          locationId: null,
          providerId: null,
          seats: 1,
          startsAt: new Date(at('10:00')),
          now: test.clock(),
          clientId: client.id,
          movingBookingId: null,
          rules: 'CLIENT',
        },
        client,
        notes: null,
        actor: byItself('test'),
        now: test.clock(),
        origin,
      }),
    );
  expect(await asks('REQUEST')).toMatchObject({ __typename: 'PolicyViolation', code: 'SIGN_IN_REQUIRED' });
  expect(await asks('BOOKED')).toHaveProperty('hold');
});
