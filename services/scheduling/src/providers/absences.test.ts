import type { Caller } from '@kept/passport';
import { book, CANCEL, hold, mutate, type Answer } from '../operations-for-tests.ts';
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

const union = (fields: string): string => `__typename ${fields} ... on IdempotencyConflict { message }`;
const TAKEN = '... on TimeTaken { message bookings { id } }';
const ABSENCE = 'id startsAt endsAt firstDay lastDay';
const ADD = `mutation ($input: AddTimeOffInput!) { addTimeOff(input: $input) { ${union(`... on TimeOffAdded { timeOff { ${ABSENCE} } } ${TAKEN}`)} } }`;
const REMOVE = `mutation ($input: RemoveTimeOffInput!) { removeTimeOff(input: $input) { ${union('... on TimeOffRemoved { timeOffId }')} } }`;
const CLOSE = `mutation ($input: AddClosureInput!) { addClosure(input: $input) { ${union(`... on ClosureAdded { closure { name ${ABSENCE} } } ${TAKEN}`)} } }`;
const OPEN = `mutation ($input: RemoveClosureInput!) { removeClosure(input: $input) { ${union('... on ClosureRemoved { closureId }')} } }`;
const SLOTS = `query ($input: AvailabilityInput!) { availability(input: $input) { slots { startsAt } } }`;

async function starts(business: TestBusiness, day = '2027-02-03'): Promise<string[]> {
  const input = {
    serviceId: business.serviceId,
    from: `${day}T00:00:00Z`,
    to: new Date(Date.parse(day) + 86_400_000).toISOString(),
    timeZone: 'Europe/London',
  };
  const { data, errors } = await test.ask(business.anonymous(), SLOTS, { input });
  expect(errors).toEqual([]);
  const { slots } = (data as { availability: { slots: { startsAt: string }[] } }).availability;
  return slots.map(({ startsAt }) => startsAt.slice(11, 16));
}

const at = (hour: string): string => `2027-02-03T${hour}:00.000Z`;
const midday = { startsAt: at('12:00'), endsAt: at('14:00') };
const add = (
  business: TestBusiness,
  more: object,
  caller: Caller = business.staff('MANAGER'),
): Promise<Answer> =>
  mutate(test, caller, { query: ADD, input: { providerId: business.providerId, ...more } });
const idOf = (answer: Answer): string => (answer['timeOff'] as { id: string }).id;

it('wakes those who wait once an absence is taken back, for the days around it, and not before', async () => {
  const business = await openBusiness(test);
  const wakes: unknown[] = [];
  const { wakeWaitlist } = test.scheduling;
  Object.assign(test.scheduling, { wakeWaitlist: (wake: unknown) => void wakes.push(wake) });
  try {
    const added = await add(business, midday);
    expect(wakes).toEqual([]);
    await mutate(test, business.provider(), { query: REMOVE, input: { timeOffId: idOf(added) } });
    const around = { from: new Date('2027-02-01T12:00:00Z'), to: new Date(midday.endsAt) };
    expect(wakes).toEqual([{ organizationId: business.organizationId, at: test.clock(), around }]);
  } finally {
    Object.assign(test.scheduling, { wakeWaitlist });
  }
});

it('takes the time out at once, with the service’s own buffers, and gives it back when taken back', async () => {
  const business = await openBusiness(test, { slotIntervalMinutes: 60, bufferAfterMinutes: 30 });
  const all = await starts(business);
  const added = await add(business, midday);
  expect(added).toMatchObject({ __typename: 'TimeOffAdded', timeOff: { firstDay: null, ...midday } });
  // 11:00 would end at noon and need half an hour more.
  expect(await starts(business)).toEqual(all.filter((start) => !['11:00', '12:00', '13:00'].includes(start)));
  const client = await business.client();
  expect((await hold(test, client, { ...business, startsAt: at('12:00') }))['code']).toBe(
    'OUTSIDE_WORKING_HOURS',
  );
  await mutate(test, business.provider(), { query: REMOVE, input: { timeOffId: idOf(added) } });
  expect(await starts(business)).toEqual(all);
  expect((await hold(test, client, { ...business, startsAt: at('12:00') })).__typename).toBe('SlotHold');
});

it('answers with the appointments and holds in its time, and does nothing', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const booking = await book(test, client, { ...business, startsAt: at('11:30') });
  const held = await hold(test, client, { ...business, startsAt: at('13:00') });
  const all = await starts(business);
  const answer = await add(business, midday);
  expect(answer.__typename).toBe('TimeTaken');
  expect(answer['bookings']).toEqual([{ id: booking.id }, { id: held['bookingId'] }]);
  expect(await starts(business)).toEqual(all);
  // A hold that ran out is in nobody's way.
  test.clock.advance(16 * 60_000);
  expect(await add(business, { startsAt: at('12:30'), endsAt: at('14:00') })).toMatchObject({
    __typename: 'TimeOffAdded',
  });
});

it('despite appointments takes what is free of it; when one of them goes, its time is not offered again', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const booking = await book(test, client, { ...business, startsAt: at('12:30') });
  await add(business, { ...midday, despiteBookings: true });
  expect((await starts(business)).filter((start) => start >= '11:30' && start < '14:00')).toEqual([]);
  await mutate(test, client, {
    query: CANCEL,
    input: { bookingId: booking.id, expectedVersion: booking.version },
  });
  expect((await starts(business)).filter((start) => start >= '11:30' && start < '14:00')).toEqual([]);
  const again = await hold(test, client, { ...business, startsAt: at('12:30') });
  expect(again['code']).toBe('OUTSIDE_WORKING_HOURS');
});

it('two absences over one another: what one gives back the other keeps', async () => {
  const business = await openBusiness(test);
  const first = await add(business, midday);
  await add(business, { startsAt: at('13:00'), endsAt: at('15:00') });
  await mutate(test, business.staff('MANAGER'), { query: REMOVE, input: { timeOffId: idOf(first) } });
  const rows = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ starts_at: Date; ends_at: Date }>(
      `SELECT starts_at, ends_at FROM allocation WHERE owner_kind = 'block' ORDER BY starts_at`,
    ),
  );
  expect(rows.map((row) => [row.starts_at.toISOString(), row.ends_at.toISOString()])).toEqual([
    [at('13:00'), at('14:00')],
    [at('14:00'), at('15:00')],
  ]);
});

it('races a hold as another hold would: the time is off or taken, never both, and never neither', async () => {
  const business = await openBusiness(test);
  for (let round = 0; round < 12; round += 1) {
    const day = `2027-03-${String(round + 1).padStart(2, '0')}`;
    const startsAt = `${day}T12:00:00.000Z`;
    const client = await business.client();
    const [held, off] = await Promise.all([
      hold(test, client, { ...business, startsAt }),
      add(business, { startsAt: `${day}T11:00:00Z`, endsAt: `${day}T13:00:00Z` }),
    ]);
    expect([held.__typename === 'SlotHold', off.__typename === 'TimeOffAdded'].filter(Boolean)).toHaveLength(
      1,
    );
  }
});

it('whole days are days of the provider’s clock, however many hours they have; long ones are kept in pieces', async () => {
  const business = await openBusiness(test);
  const added = await add(business, { firstDay: '2027-03-28', lastDay: '2027-04-11' });
  expect(added['timeOff']).toMatchObject({
    startsAt: '2027-03-28T00:00:00.000Z',
    endsAt: '2027-04-11T23:00:00.000Z',
    firstDay: '2027-03-28',
    lastDay: '2027-04-11',
  });
  expect(await starts(business, '2027-04-11')).toEqual([]);
  expect(await starts(business, '2027-04-12')).not.toEqual([]);
});

it('a closure closes the whole business, on its own calendar, until it is taken back', async () => {
  const business = await openBusiness(test);
  const manager = business.staff('MANAGER');
  const input = { name: 'Works outing 🎈', firstDay: '2027-02-03', lastDay: '2027-02-03' };
  const closed = await mutate(test, manager, { query: CLOSE, input });
  expect(closed).toMatchObject({ closure: { name: 'Works outing 🎈', startsAt: at('00:00') } });
  expect(await starts(business)).toEqual([]);
  const { data } = await test.ask(
    business.anonymous(),
    `{ closures(from: "2027-02-01T00:00:00Z", to: "2027-03-01T00:00:00Z") { name } }`,
  );
  expect(data).toEqual({ closures: [{ name: 'Works outing 🎈' }] });
  const closureId = (closed['closure'] as { id: string }).id;
  await mutate(test, manager, { query: OPEN, input: { closureId } });
  expect(await starts(business)).not.toEqual([]);
});

it('is repeated with the same answer, and conflicts when the request is another', async () => {
  const business = await openBusiness(test);
  const idempotencyKey = '4a7ff2a0-4f44-4c1e-8a8b-6a40d1f0b0a1';
  const manager = business.staff('MANAGER');
  const first = await add(business, { ...midday, idempotencyKey }, manager);
  expect(await add(business, { ...midday, idempotencyKey }, manager)).toEqual(first);
  const other = await add(business, { ...midday, endsAt: at('15:00'), idempotencyKey }, manager);
  expect(other.__typename).toBe('IdempotencyConflict');
});
