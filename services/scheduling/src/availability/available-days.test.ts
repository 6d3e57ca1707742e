import { book } from '../operations-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { findFree } from './offers-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const QUERY = `query ($input: AvailableDaysInput!) { availableDays(input: $input) { date count firstSlots { startsAt localStart } } }`;
interface Day {
  date: string;
  count: number;
  firstSlots: { startsAt: string; localStart: string }[];
}

async function days(business: TestBusiness, asked: Record<string, unknown> = {}): Promise<Day[]> {
  const input = {
    serviceId: business.serviceId,
    firstDay: '2027-02-01',
    timeZone: 'Europe/London',
    ...asked,
  };
  const { data, errors } = await test.ask(business.anonymous(), QUERY, { input });
  if (errors[0]) throw new Error(`${String(errors[0].extensions?.code)}: ${errors[0].message}`);
  return (data as unknown as { availableDays: Day[] }).availableDays;
}

it('counts the same times by day that availability shows, on the booker’s calendar, over a change of the clock', async () => {
  const business = await openBusiness(test, { slotIntervalMinutes: 60 });
  await book(test, await business.client(), { ...business, startsAt: '2027-03-28T10:00:00.000Z' });
  const timeZone = 'Australia/Lord_Howe';
  const found = await days(business, { firstDay: '2027-03-27', days: 10, timeZone });
  const { slots } = await findFree(test, business, {
    from: '2027-03-26T13:00:00Z',
    to: '2027-04-05T13:30:00Z',
    timeZone,
  });
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(slots.length);
  expect(found.flatMap(({ firstSlots }) => firstSlots.map(({ startsAt }) => startsAt))).toEqual(
    expect.arrayContaining([slots[0]?.startsAt]),
  );
  for (const { date, count, firstSlots } of found) {
    expect(firstSlots).toHaveLength(Math.min(3, count));
    expect(firstSlots.every(({ localStart }) => localStart.startsWith(date))).toBe(true);
  }
});

it('opens a page on the next free day: days without one are left out', async () => {
  const business = await openBusiness(test, { minimumLeadMinutes: 4 * 1440 });
  const found = await days(business, { days: 62 });
  expect(found[0]?.date).toBe('2027-02-05');
  expect(found.at(-1)?.date).toBe('2027-04-03');
});

it('refuses a million days, none, and a day that does not exist', async () => {
  const business = await openBusiness(test);
  await expect(days(business, { days: 1_000_000 })).rejects.toThrow(/BAD_INPUT: .*between 1 and 62/);
  await expect(days(business, { days: 0 })).rejects.toThrow(/BAD_INPUT/);
  await expect(days(business, { firstDay: '2027-02-31' })).rejects.toThrow(/date|LocalDate/i);
  // Samoa went from 29 to 31 December 2011.
  await expect(days(business, { firstDay: '2011-12-30', days: 1, timeZone: 'Pacific/Apia' })).rejects.toThrow(
    /BAD_INPUT: .*does not exist/,
  );
});
