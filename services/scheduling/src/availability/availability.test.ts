import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Caller } from '@kept/passport';
import { book, CANCEL, hold, mutate } from '../operations-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const QUERY = `query ($input: AvailabilityInput!) { availability(input: $input) {
  slots { startsAt endsAt localStart providerLocalStart provider { id timeZone staffMember { id } } } } }`;

interface Slot {
  startsAt: string;
  endsAt: string;
  localStart: string;
  providerLocalStart: string;
  provider: { id: string };
}

async function slots(
  business: TestBusiness,
  asked: Record<string, string> = {},
  caller?: Caller,
): Promise<Slot[]> {
  const input = {
    serviceId: business.serviceId,
    from: '2027-02-03T00:00:00Z',
    to: '2027-02-04T00:00:00Z',
    timeZone: 'Europe/London',
    ...asked,
  };
  const { data, errors } = await test.ask(caller ?? business.anonymous(), QUERY, { input });
  expect(errors).toEqual([]);
  return (data as { availability: { slots: Slot[] } }).availability.slots;
}
const starts = async (...asked: Parameters<typeof slots>) =>
  (await slots(...asked)).map(({ startsAt }) => startsAt);

it('shows anybody the free times, on the clocks of the booker and of the provider', async () => {
  const business = await openBusiness(test, { slotIntervalMinutes: 60 });
  const [first, ...others] = await slots(business, { timeZone: 'Asia/Kathmandu' });
  expect(others).toHaveLength(10);
  expect(first).toEqual({
    startsAt: '2027-02-03T08:15:00.000Z',
    endsAt: '2027-02-03T09:15:00.000Z',
    localStart: '2027-02-03T14:00+05:45',
    providerLocalStart: '2027-02-03T08:15+00:00',
    provider: {
      id: business.providerId,
      timeZone: 'Europe/London',
      staffMember: { id: business.providerId },
    },
  });
});

it('[BOK-08] takes a time out the moment it is held, and gives it back when that ends or is cancelled', async () => {
  const business = await openBusiness(test, { bufferAfterMinutes: 30 });
  const client = await business.client();
  const all = await starts(business);
  const ten = '2027-02-03T10:00:00.000Z';
  await hold(test, client, { ...business, startsAt: ten });
  const taken = ['09:00', '09:30', '10:00', '10:30', '11:00'].map((hour) => `2027-02-03T${hour}:00.000Z`);
  expect(await starts(business)).toEqual(all.filter((start) => !taken.includes(start)));
  test.clock.advance(900_000);
  expect(await starts(business)).toEqual(all);
  const booking = await book(test, client, { ...business, startsAt: ten });
  expect(await starts(business)).toEqual(all.filter((start) => !taken.includes(start)));
  await mutate(test, client, { query: CANCEL, input: { bookingId: booking.id, expectedVersion: 2 } });
  expect(await starts(business)).toEqual(all);
});

it('offers only what can be held: each slot shown, taken one after the other, is granted', async () => {
  const business = await openBusiness(test, {
    bufferBeforeMinutes: 10,
    bufferAfterMinutes: 5,
    slotIntervalMinutes: 15,
  });
  const asked = { from: '2027-03-28T00:00:00Z', to: '2027-03-29T00:00:00Z' };
  for (;;) {
    const [next] = await starts(business, asked);
    if (next === undefined) break;
    // Each by somebody else: one person keeps only three.
    expect((await hold(test, await business.client(), { ...business, startsAt: next })).__typename).toBe(
      'SlotHold',
    );
  }
  const held = await test.database.transaction(business.organizationId, (tx) =>
    tx.query('SELECT id FROM booking'),
  );
  expect(held.length).toBe(9);
});

it('refuses, with the rule, each time that is not offered', async () => {
  const business = await openBusiness(test, { minimumLeadMinutes: 120, maximumAdvanceMinutes: 14_400 });
  const client = await business.client();
  const shown = new Set(await starts(business));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 24 * 12 - 1 }), async (step) => {
      const startsAt = new Date(Date.parse('2027-02-03T00:00:00Z') + step * 300_000).toISOString();
      if (shown.has(startsAt) || step % 3 === 0) return;
      expect(await hold(test, client, { ...business, startsAt })).toMatchObject({
        __typename: 'PolicyViolation',
      });
    }),
    { numRuns: 40 },
  );
  const code = async (startsAt: string) => (await hold(test, client, { ...business, startsAt }))['code'];
  test.clock.set('2027-02-03T09:00:00Z');
  expect(await code('2027-02-03T10:30:00.000Z')).toBe('TOO_SOON');
  expect(await code('2027-02-13T09:30:00.000Z')).toBe('TOO_FAR_AHEAD');
  expect(await code('2027-02-04T19:30:00.000Z')).toBe('OUTSIDE_WORKING_HOURS');
  expect(await code('2027-02-04T10:05:00.000Z')).toBe('OFF_GRID');
});

it('follows the manager: new hours, overnight as one rule, a date away, and back', async () => {
  const business = await openBusiness(test, { slotIntervalMinutes: 60 });
  const manager = business.staff('MANAGER');
  const { providerId } = business;
  const rules = `mutation ($input: SetWeeklyRulesInput!) { setWeeklyRules(input: $input) { __typename ... on ScheduleSet { provider { timeZone } } } }`;
  const override = `mutation ($input: SetDateOverrideInput!) { setDateOverride(input: $input) { __typename } }`;
  const night = {
    providerId,
    timeZone: 'America/New_York',
    rules: [{ day: 'TUESDAY', start: '22:00', end: '02:00' }],
  };
  expect(await mutate(test, manager, { query: rules, input: night })).toEqual({
    __typename: 'ScheduleSet',
    provider: { timeZone: 'America/New_York' },
  });
  const hours = ['03:00', '04:00', '05:00', '06:00'].map((hour) => `2027-02-03T${hour}:00.000Z`);
  expect(await starts(business)).toEqual(hours);
  const input = { providerId, date: '2027-02-02', windows: [] as unknown[] };
  await mutate(test, manager, { query: override, input });
  expect(await starts(business)).toEqual([]);
  await mutate(test, manager, {
    query: override,
    input: { ...input, windows: [{ start: '23:00', end: '24:00' }] },
  });
  expect(await starts(business)).toEqual(['2027-02-03T04:00:00.000Z']);
  await mutate(test, manager, { query: override, input: { ...input, windows: null } });
  expect(await starts(business)).toEqual(hours);
});

it('offers a new service of the manager’s, in the organization’s currency', async () => {
  const business = await openBusiness(test);
  const query = `mutation ($input: CreateServiceInput!) { createService(input: $input) { __typename ... on ServiceCreated {
    service { id name price { amountMinor currency } deposit { amountMinor } durationMinutes } } } }`;
  const input = {
    name: 'טיפול 💆',
    durationMinutes: 45,
    priceMinor: 9900,
    depositMinor: 900,
    providerIds: [business.providerId],
    idempotencyKey: randomUUID(),
  };
  const created = await mutate(test, business.staff('MANAGER'), { query, input });
  expect(created).toMatchObject({
    service: { name: 'טיפול 💆', price: { amountMinor: 9900, currency: 'GBP' } },
  });
  const { data } = await test.ask(business.anonymous(), '{ services { name } }');
  expect(data).toEqual({ services: [{ name: 'An hour' }, { name: 'טיפול 💆' }] });
});
