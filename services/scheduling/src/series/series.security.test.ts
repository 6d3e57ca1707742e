/**
 * Keeps closed: rules that never end or cost more than they ask for, series of other people, and rests of what was refused.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { mutate } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { BOOK, bookSeries, CANCEL, MOVE, PREVIEW, readSeries, weekly } from './series-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  business = await openBusiness(test, { maximumAdvanceMinutes: 525_600 });
  client = await business.client();
});

const tryToBook = (more: Record<string, unknown>, caller = client) =>
  mutate(test, caller, { query: BOOK, input: { ...weekly(business, 3), mode: 'ALL_OR_NOTHING', ...more } });

it.each([
  ['no end', { rule: 'FREQ=WEEKLY' }],
  ['ten thousand times', { rule: 'FREQ=DAILY;COUNT=10000' }],
  ['31 February', { rule: 'FREQ=MONTHLY;UNTIL=20270231' }],
  ['every second', { rule: 'FREQ=SECONDLY;COUNT=100' }],
  ['two years and a day', { rule: 'FREQ=DAILY;INTERVAL=365;COUNT=4' }],
  ['a second line', { rule: 'FREQ=WEEKLY;COUNT=3\r\nATTENDEE:mailto:a@b.example' }],
  ['a megabyte', { rule: `FREQ=WEEKLY;COUNT=3;${'X'.repeat(1_000_000)}` }],
  ['a prototype', { rule: '__proto__=1;FREQ=WEEKLY;COUNT=3' }],
  ['exceptions on days that do not exist', { exceptDates: ['2027-02-31'] }],
  ['ten thousand exceptions', { exceptDates: Array.from({ length: 10_000 }, () => '2027-03-15') }],
  ['nothing but exceptions', { exceptDates: ['2027-03-08', '2027-03-15', '2027-03-22'] }],
  ['half a minute', { startsAt: '2027-03-08T10:00:30.000Z' }],
  ['the year 9999', { startsAt: '9999-03-08T10:00:00.000Z' }],
  ['another day than its rule', { rule: 'FREQ=WEEKLY;BYDAY=TU;COUNT=3' }],
  ['a hundred extras', { addOnIds: Array.from({ length: 100 }, () => randomUUID()) }],
  ['a provider that is no id', { providerId: "' OR true" }],
])('refuses a series with %s, and keeps nothing', async (_name, more) => {
  await expect(tryToBook(more)).rejects.toThrow(/BAD_INPUT|BAD_USER_INPUT|413/);
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `SELECT (SELECT count(*)::int FROM booking) AS bookings, (SELECT count(*)::int FROM allocation) AS allocations,
              (SELECT count(*)::int FROM booking_series) AS series, (SELECT count(*)::int FROM idempotency_key) AS keys`,
    ),
  );
  expect(row).toEqual({ bookings: 0, allocations: 0, series: 0, keys: 0 });
});

it('does not let strangers see, move or call off a series, nor tell them that it exists', async () => {
  const { series } = await bookSeries(test, client, weekly(business, 2));
  const [first] = series.occurrences;
  const change = { seriesId: series.id, scope: 'ALL', bookingId: first?.booking?.id, expectedVersion: 1 };
  const move = { query: MOVE, input: { ...change, startsAt: '2027-03-08T11:00:00.000Z' } };
  const elsewhere = await openBusiness(test);
  for (const stranger of [await business.client(), await elsewhere.client(), elsewhere.staff('MANAGER')]) {
    await expect(mutate(test, stranger, move)).rejects.toThrow('NOT_FOUND');
    await expect(mutate(test, stranger, { query: CANCEL, input: change })).rejects.toThrow('NOT_FOUND');
    await expect(readSeries(test, stranger, series.id)).rejects.toThrow('NOT_FOUND');
  }
  for (const outsider of [business.provider(), business.staff('BILLING'), business.anonymous()]) {
    await expect(mutate(test, outsider, move)).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
    await expect(tryToBook({}, outsider)).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
  }
  // Its provider sees it; another provider does not.
  expect(await readSeries(test, business.provider(), series.id)).toMatchObject({ version: 1 });
  await expect(readSeries(test, business.staff('PROVIDER'), series.id)).rejects.toThrow('NOT_FOUND');
});

it('moves and calls off nothing that is not of the series', async () => {
  const mine = await bookSeries(test, client, weekly(business, 2));
  const other = await bookSeries(test, client, weekly(business, 2, '2027-03-08T15:00:00.000Z'));
  const input = {
    seriesId: mine.series.id,
    scope: 'THIS',
    bookingId: other.series.occurrences[0]?.booking?.id,
    expectedVersion: 1,
  };
  await expect(mutate(test, client, { query: CANCEL, input })).rejects.toThrow('NOT_FOUND');
  await expect(
    mutate(test, client, { query: MOVE, input: { ...input, startsAt: '2027-03-08T16:00:00.000Z' } }),
  ).rejects.toThrow('NOT_FOUND');
});

it('books for others as staff alone, and only for clients of their own', async () => {
  const other = await business.client();
  await expect(tryToBook({ clientId: other.accountId })).rejects.toThrow(/FORBIDDEN|UNAUTHORIZED/);
  const staff = business.staff('FRONT_DESK');
  await expect(tryToBook({}, staff)).rejects.toThrow('BAD_INPUT');
  await expect(tryToBook({ clientId: randomUUID() }, staff)).rejects.toThrow('NOT_FOUND');
  expect(await tryToBook({ clientId: other.accountId }, staff)).toMatchObject({ bookedCount: 3 });
});

it('asks the preview for no more than the booking: the same refusals, the same clients', async () => {
  const preview = async (caller: Caller, more: Record<string, unknown>): Promise<string> => {
    const { errors } = await test.ask(caller, PREVIEW, { input: { ...weekly(business, 3), ...more } });
    return String(errors[0]?.extensions?.code);
  };
  expect(await preview(client, { rule: 'FREQ=DAILY' })).toBe('BAD_INPUT');
  expect(await preview(client, { providerId: randomUUID() })).toBe('NOT_FOUND');
  expect(await preview(business.staff('FRONT_DESK'), { clientId: randomUUID() })).toBe('NOT_FOUND');
  expect(await preview(business.anonymous(), {})).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
});
