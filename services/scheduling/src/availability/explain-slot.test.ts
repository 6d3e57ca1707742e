import type { Caller } from '@kept/passport';
import { book, hold, mutate } from '../operations-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { addColleague, addDailyLimit, addThings, findFree } from './offers-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const at = (hour: string): string => `2027-02-03T${hour}:00.000Z`;
const QUERY = `query ($input: ExplainSlotInput!) { explainSlot(input: $input) { offered reasons providers {
  provider { id } offered turn because bookedMinutes reasons { code startsAt endsAt booking { id } } } } }`;

interface Explained {
  offered: boolean;
  reasons: string[];
  providers:
    | {
        provider: { id: string };
        offered: boolean;
        turn: number | null;
        because: string | null;
        bookedMinutes: number;
        reasons: {
          code: string;
          startsAt: string | null;
          endsAt: string | null;
          booking: { id: string } | null;
        }[];
      }[]
    | null;
}

async function explain(
  business: TestBusiness,
  startsAt: string,
  { caller = business.staff('MANAGER'), ...more }: { caller?: Caller; [field: string]: unknown } = {},
): Promise<Explained> {
  const input = { serviceId: business.serviceId, startsAt, timeZone: 'Europe/London', ...more };
  const { data } = await test.ask(caller, QUERY, { input });
  return (data as unknown as { explainSlot: Explained }).explainSlot;
}
const codes = async (...asked: Parameters<typeof explain>): Promise<string[]> =>
  (await explain(...asked)).providers?.flatMap(({ reasons }) => reasons.map(({ code }) => code)) ?? [];

it('names to staff each thing that stands in the way, with its time and its appointment', async () => {
  const business = await openBusiness(test, {
    slotIntervalMinutes: 60,
    bufferAfterMinutes: 30,
    minimumLeadMinutes: 60,
    maximumAdvanceMinutes: 20_160,
  });
  const client = await business.client();
  const booking = await book(test, client, { ...business, startsAt: at('10:00') });
  await hold(test, client, { ...business, startsAt: at('13:00') });
  const manager = business.staff('MANAGER');
  const absence = { providerId: business.providerId, startsAt: at('16:00'), endsAt: at('17:00') };
  await mutate(test, manager, {
    query: 'mutation ($input: AddTimeOffInput!) { addTimeOff(input: $input) { __typename } }',
    input: absence,
  });
  const closure = { name: 'A holiday', firstDay: '2027-02-05', lastDay: '2027-02-05' };
  await mutate(test, manager, {
    query: 'mutation ($input: AddClosureInput!) { addClosure(input: $input) { __typename } }',
    input: closure,
  });
  const { providers } = await explain(business, at('10:00'));
  expect(providers?.[0]?.reasons).toEqual([
    { code: 'BOOKED', startsAt: at('10:00'), endsAt: at('11:00'), booking: { id: booking.id } },
  ]);
  expect(await codes(business, at('11:00'))).toEqual(['BUFFER']);
  expect(await codes(business, at('13:00'))).toEqual(['HELD']);
  expect(await codes(business, at('16:00'))).toEqual(['TIME_OFF']);
  expect(await codes(business, '2027-02-05T10:00:00.000Z')).toEqual(['CLOSURE']);
  expect(await codes(business, at('21:00'))).toEqual(['RULE']);
  expect(await codes(business, at('08:30'))).toEqual(['GRID']);
  expect(await codes(business, '2027-03-01T10:00:00.000Z')).toEqual(['ADVANCE']);
  test.clock.set('2027-02-04T09:30:00Z');
  expect(await codes(business, '2027-02-04T10:00:00.000Z')).toEqual(['NOTICE']);
  expect(await codes(business, '2027-02-04T11:00:00.000Z')).toEqual([]);
});

it('names rooms, limits, places and hours of one date', async () => {
  const business = await openBusiness(test, { slotIntervalMinutes: 60, capacity: 2 });
  const [room] = await addThings(test, business, { count: 1, needed: 1 });
  await book(test, await business.client(), { ...business, startsAt: at('10:00') });
  await book(test, await business.client(), { ...business, startsAt: at('10:00') });
  expect(await codes(business, at('10:00'))).toContain('CAPACITY');
  await addColleague(test, business);
  const [mine, theirs] =
    (await explain(business, at('10:00'))).providers
      ?.toSorted((one) => (one.provider.id === business.providerId ? -1 : 1))
      .map(({ reasons }) => reasons.map(({ code }) => code)) ?? [];
  expect(room).toBeDefined();
  expect(mine).toContain('CAPACITY');
  expect(theirs).toEqual(['RESOURCE']);
  await addDailyLimit(test, business, 1);
  await book(test, await business.client(), { ...business, startsAt: at('14:00') });
  expect(await codes(business, at('16:00'))).toEqual(['LIMIT', 'LIMIT']);
  await mutate(test, business.staff('MANAGER'), {
    query: 'mutation ($input: SetDateOverrideInput!) { setDateOverride(input: $input) { __typename } }',
    input: {
      providerId: business.providerId,
      date: '2027-02-10',
      windows: [{ start: '09:00', end: '12:00' }],
    },
  });
  const asked = { providerId: business.providerId };
  expect(await codes(business, '2027-02-10T15:00:00.000Z', asked)).toEqual(['OVERRIDE']);
});

it('says no exactly when it has a reason, at any time and for each provider', async () => {
  const business = await openBusiness(test, { slotIntervalMinutes: 45, bufferAfterMinutes: 10 });
  await addColleague(test, business);
  await addThings(test, business, { count: 1, needed: 1 });
  for (const hour of ['10:15', '13:00'])
    await hold(test, await business.client(), { ...business, startsAt: at(hour) });
  const found = await findFree(test, business);
  let [yes, no] = [0, 0];
  for (let minute = 0; minute < 1440; minute += 45 / 3) {
    const startsAt = new Date(Date.parse(at('00:00')) + minute * 60_000).toISOString();
    for (const { provider, offered, reasons } of (await explain(business, startsAt)).providers ?? []) {
      const shown = found.slots.some(
        (slot) => slot.startsAt === startsAt && slot.provider.id === provider.id,
      );
      expect({ startsAt, offered, reasons }).toEqual({
        startsAt,
        offered: shown,
        reasons: offered ? [] : expect.anything(),
      });
      expect(reasons.length > 0).toBe(!offered);
      if (offered) yes += 1;
      else no += 1;
    }
  }
  expect(Math.min(yes, no)).toBeGreaterThan(10);
});

it('explains whose turn it is: fewest minutes booked ahead first, as the hold then finds', async () => {
  const business = await openBusiness(test, { slotIntervalMinutes: 60 });
  const colleague = await addColleague(test, business);
  await book(test, await business.client(), { ...business, startsAt: '2027-02-04T10:00:00.000Z' });
  const { providers } = await explain(business, at('10:00'));
  const turns = new Map(providers?.map((one) => [one.provider.id, one]));
  expect(turns.get(colleague)).toMatchObject({ turn: 1, because: 'FEWER_MINUTES', bookedMinutes: 0 });
  expect(turns.get(business.providerId)).toMatchObject({ turn: 2, bookedMinutes: 60 });
});
