import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { book, mutate } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

import { bookSeries, CANCEL, MOVE, PREVIEW, readSeries, weekly, type Booked } from './series-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  business = await openBusiness(test, { maximumAdvanceMinutes: 525_600 });
  client = await business.client();
});

const bookAs = (input: Record<string, unknown>, caller = client) => bookSeries(test, caller, input);
const starts = (answer: { series: Booked['series'] }) =>
  answer.series.occurrences.map(({ booking }) => booking?.startsAt ?? null);
const stored = () =>
  test.database.transaction(business.organizationId, async (tx) => {
    const [row] = await tx.query(
      `SELECT (SELECT count(*)::int FROM booking) AS bookings, (SELECT count(*)::int FROM slot_hold) AS holds,
              (SELECT count(*)::int FROM allocation) AS allocations, (SELECT count(*)::int FROM booking_series) AS series,
              (SELECT count(*)::int FROM series_occurrence) AS occurrences,
              (SELECT count(*)::int FROM idempotency_key) AS keys`,
    );
    return row;
  });
const NOTHING = { bookings: 0, holds: 0, allocations: 0, series: 0, occurrences: 0, keys: 0 };

it('[scheduling F17] books every time of a series at the same hour on the wall, over a change of the clocks, and says so once', async () => {
  const booked = await bookAs(weekly(business, 4));
  expect(booked).toMatchObject({ bookedCount: 4, series: { version: 1, timeZone: 'Europe/London' } });
  expect(starts(booked)).toEqual([
    '2027-03-08T10:00:00.000Z',
    '2027-03-15T10:00:00.000Z',
    '2027-03-22T10:00:00.000Z',
    '2027-03-29T09:00:00.000Z',
  ]);
  expect(booked.series.occurrences.every(({ booking }) => booking?.status === 'CONFIRMED')).toBe(true);
  const { organizationId } = business;
  const messages = await eventsOf(test.database, organizationId, 'message.requested');
  expect(
    messages.map(({ template, recipient, parameters }) => [template, recipient.kind, parameters['count']]),
  ).toEqual([
    ['series-confirmed', 'CLIENT', '4'],
    ['series-confirmed', 'STAFF', '4'],
  ]);
  // Everybody else still learns of each of them.
  expect(await eventsOf(test.database, organizationId, 'booking.confirmed')).toHaveLength(4);
});

it('is found again from each of its bookings, by whoever may see it, and from no other booking', async () => {
  const { series } = await bookAs(weekly(business, 2));
  const alone = await book(test, client, { ...business, startsAt: '2027-02-03T10:00:00.000Z' });
  const seriesOf = async (caller: Caller) => {
    const { data, errors } = await test.ask(caller, '{ bookings { nodes { id series { id version } } } }');
    expect(errors).toEqual([]);
    const { nodes } = (data as { bookings: { nodes: { id: string; series: object | null }[] } }).bookings;
    return nodes.map((booking) => [booking.id === alone.id, booking.series]);
  };
  const found = { id: series.id, version: series.version };
  const expected = [
    [true, null],
    [false, found],
    [false, found],
  ];
  expect(await seriesOf(client)).toEqual(expected);
  expect(await seriesOf(business.provider())).toEqual(expected);
});

it('[scheduling F17] all or nothing: one time that is taken leaves nothing behind, and the report says which', async () => {
  await book(test, await business.client(), { ...business, startsAt: '2027-03-22T10:00:00.000Z' });
  const before = await stored();
  const refused = await bookAs(weekly(business, 4));
  expect(refused).toMatchObject({
    __typename: 'SeriesNotBooked',
    occurrences: [
      { position: 1, available: true, reason: null },
      { position: 2, available: true, reason: null },
      { position: 3, available: false, reason: 'SLOT_TAKEN' },
      { position: 4, available: true, reason: null },
    ],
  });
  expect(await stored()).toEqual(before);
});

it('[scheduling F17] what is free: books the rest and keeps why each other time was not', async () => {
  await book(test, await business.client(), { ...business, startsAt: '2027-03-15T10:30:00.000Z' });
  const input = {
    ...weekly(business, 3, '2027-03-08T10:00:00.000Z'),
    mode: 'WHAT_IS_FREE',
    idempotencyKey: randomUUID(),
  };
  const booked = await bookAs(input);
  expect(booked.series.occurrences).toMatchObject([
    { position: 1, booking: { status: 'CONFIRMED' }, reason: null },
    { position: 2, booking: null, reason: 'SLOT_TAKEN', message: 'Somebody else has this time.' },
    { position: 3, booking: { status: 'CONFIRMED' }, reason: null },
  ]);
  // The same request again is answered the same and books nothing more.
  const before = await stored();
  expect(await bookAs(input)).toEqual(booked);
  expect(await stored()).toEqual(before);
  expect(await bookAs({ ...input, rule: 'FREQ=WEEKLY;COUNT=4' })).toMatchObject({
    __typename: 'IdempotencyConflict',
  });
});

it('previews what could be booked, asks the arbiter and keeps nothing', async () => {
  await book(test, await business.client(), { ...business, startsAt: '2027-03-15T10:00:00.000Z' });
  const before = await stored();
  const { data } = await test.ask(client, PREVIEW, {
    input: { ...weekly(business, 3), rule: 'FREQ=WEEKLY;COUNT=4', exceptDates: ['2027-03-22'] },
  });
  expect(data).toEqual({
    previewSeries: {
      timeZone: 'Europe/London',
      occurrences: [
        { position: 1, startsAt: '2027-03-08T10:00:00.000Z', available: true, reason: null },
        { position: 2, startsAt: '2027-03-15T10:00:00.000Z', available: false, reason: 'SLOT_TAKEN' },
        { position: 3, startsAt: '2027-03-29T09:00:00.000Z', available: true, reason: null },
      ],
    },
  });
  expect(await stored()).toEqual(before);
});

it('[scheduling F16] asks the rules of the service about every time, also beyond its maximum advance', async () => {
  const near = await openBusiness(test, { maximumAdvanceMinutes: 14 * 1440 });
  const input = {
    ...weekly(business, 3, '2027-02-03T10:00:00.000Z'),
    serviceId: near.serviceId,
    providerId: near.providerId,
  };
  const caller = await near.client();
  expect(await bookAs(input, caller)).toMatchObject({
    __typename: 'SeriesNotBooked',
    occurrences: [{ reason: null }, { reason: null }, { reason: 'TOO_FAR_AHEAD' }],
  });
});

it('[scheduling F16] counts every time against the limits, also those that the series itself uses up', async () => {
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `INSERT INTO booking_limit (id, organization_id, scope, period, bookings_max, created_at)
       VALUES (gen_random_uuid(), $1, 'CLIENT', 'WEEK', 2, now())`,
      [business.organizationId],
    ),
  );
  const daily = { ...weekly(business, 0), rule: 'FREQ=DAILY;COUNT=4' };
  const whole = await bookAs(daily);
  expect(whole).toMatchObject({ __typename: 'SeriesNotBooked' });
  const booked = await bookAs({ ...daily, mode: 'WHAT_IS_FREE' });
  expect(booked.series.occurrences.map(({ booking }) => booking !== null)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(booked.series.occurrences.at(-1)?.reason).not.toBe('SLOT_TAKEN');
});

it('says kindly that a series cannot collect deposits', async () => {
  business = await openBusiness(test, { depositMinor: 2000, maximumAdvanceMinutes: 525_600 });
  client = await business.client();
  expect(await bookAs(weekly(business, 3))).toMatchObject({
    __typename: 'SeriesNeedsPayment',
    depositDue: { amountMinor: 2000 },
  });
  expect(await stored()).toEqual(NOTHING);
});

it('[scheduling F17] moves this, the following or all by one step on the wall, keeps every id, even into each other’s places', async () => {
  const booked = await bookAs(weekly(business, 4));
  const ids = booked.series.occurrences.map(({ booking }) => booking?.id);
  const seriesId = booked.series.id;
  const move = (
    scope: string,
    [bookingId, startsAt, expectedVersion]: [string | undefined, string, number],
  ) =>
    mutate(test, client, {
      query: MOVE,
      input: { seriesId, scope, bookingId, startsAt, expectedVersion },
    }) as Promise<never>;
  // A week later: each moves to where the next one was.
  const later: Booked = await move('ALL', [ids[0], '2027-03-15T10:00:00.000Z', 1]);
  expect(later).toMatchObject({ movedCount: 4, series: { version: 2 } });
  expect(starts(later)).toEqual([
    '2027-03-15T10:00:00.000Z',
    '2027-03-22T10:00:00.000Z',
    '2027-03-29T09:00:00.000Z',
    '2027-04-05T09:00:00.000Z',
  ]);
  expect(later.series.occurrences.map(({ booking }) => booking?.id)).toEqual(ids);
  const following: Booked = await move('FOLLOWING', [ids[2], '2027-03-30T13:00:00.000Z', 2]);
  expect(following).toMatchObject({ movedCount: 2, series: { version: 3 } });
  expect(starts(following).slice(2)).toEqual(['2027-03-30T13:00:00.000Z', '2027-04-06T13:00:00.000Z']);
  expect(await move('THIS', [ids[0], '2027-03-16T10:00:00.000Z', 3])).toMatchObject({ movedCount: 1 });
  expect(await move('THIS', [ids[0], '2027-03-17T10:00:00.000Z', 3])).toMatchObject({
    __typename: 'VersionConflict',
    currentVersion: 4,
  });
});

it('[scheduling F17] when one of them cannot move, none does', async () => {
  const booked = await bookAs(weekly(business, 3));
  await book(test, await business.client(), { ...business, startsAt: '2027-03-16T10:00:00.000Z' });
  const answer = await mutate(test, client, {
    query: MOVE,
    input: {
      seriesId: booked.series.id,
      scope: 'ALL',
      bookingId: booked.series.occurrences[0]?.booking?.id,
      startsAt: '2027-03-09T10:00:00.000Z',
      expectedVersion: 1,
    },
  });
  expect(answer).toMatchObject({
    __typename: 'SeriesNotMoved',
    occurrences: [{ available: true }, { available: false, reason: 'SLOT_TAKEN' }, { available: true }],
  });
  const now = await readSeries(test, client, booked.series.id);
  expect(now).toMatchObject({
    version: 1,
    occurrences: booked.series.occurrences.map(({ booking }) => ({ booking })),
  });
});

it('calls off the following and leaves what is before, each under its own deadline', async () => {
  const booked = await bookAs(weekly(business, 4));
  const input = {
    seriesId: booked.series.id,
    scope: 'FOLLOWING',
    bookingId: booked.series.occurrences[1]?.booking?.id,
    expectedVersion: 1,
  };
  // Less than a day before the second of them: its deposit would be kept, those of the others not.
  test.clock.set('2027-03-14T12:00:00Z');
  const cancelled = (await mutate(test, client, { query: CANCEL, input })) as never as Booked;
  expect(cancelled).toMatchObject({ cancelledCount: 3, series: { version: 2 } });
  expect(cancelled.series.occurrences.map(({ booking }) => booking?.status)).toEqual([
    'CONFIRMED',
    'CANCELLED',
    'CANCELLED',
    'CANCELLED',
  ]);
  const told = await eventsOf(test.database, business.organizationId, 'booking.cancelled');
  expect(told.map(({ refundPercent }) => refundPercent)).toEqual([0, 100, 100]);
  expect(
    await mutate(test, client, { query: CANCEL, input: { ...input, expectedVersion: 2 } }),
  ).toMatchObject({
    code: 'NOT_ACTIVE',
  });
});
