import type { Caller } from '@kept/passport';
import { book, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { bookSeries, MOVE, readSeries, weekly } from './series-for-tests.ts';

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
const countBookings = () =>
  test.database.transaction(business.organizationId, async (tx) => {
    const [row] = await tx.query<{ bookings: number }>('SELECT count(*)::int AS bookings FROM booking');
    return row?.bookings ?? 0;
  });

it('[scheduling F17] raced against single bookings of its times: whole or not at all, every round', async () => {
  const rounds = process.env['KEPT_NIGHTLY'] ? 40 : 4;
  for (let round = 0; round < rounds; round += 1) {
    const start = new Date(Date.parse('2027-03-08T10:00:00Z') + round * 86_400_000).toISOString();
    const before = await countBookings();
    const rivals = await Promise.all(Array.from({ length: 4 }, () => business.client()));
    const single = new Date(Date.parse(start) + (round % 3) * 7 * 86_400_000).toISOString();
    const [series, rival, ...others] = await Promise.all([
      bookAs(weekly(business, 3, start)),
      bookAs(weekly(business, 3, start), await business.client()),
      ...rivals.map((rival) => book(test, rival, { ...business, startsAt: single }).catch(() => null)),
    ]);
    const whole = [series, rival].filter(({ __typename }) => __typename === 'SeriesBooked');
    const singles = others.filter((other) => other !== null);
    // The time that all want goes to one of them; a series that lost it has nothing.
    expect(whole.length + singles.length).toBe(1);
    const after = await countBookings();
    expect(after - before).toBe(whole.length * 3 + singles.length);
  }
});

it('a series that moves and a booking of it that moves alone come one after the other', async () => {
  const booked = await bookAs(weekly(business, 3));
  const second = booked.series.occurrences[1]?.booking;
  const [together, alone] = await Promise.all([
    mutate(test, client, {
      query: MOVE,
      input: {
        seriesId: booked.series.id,
        scope: 'ALL',
        bookingId: booked.series.occurrences[0]?.booking?.id,
        startsAt: '2027-03-08T11:00:00.000Z',
        expectedVersion: 1,
      },
    }),
    mutate(test, client, {
      query: RESCHEDULE,
      input: {
        bookingId: second?.id,
        startsAt: '2027-03-16T15:00:00.000Z',
        expectedVersion: second?.version,
      },
    }),
  ]);
  expect(together.__typename).toBe('SeriesRescheduled');
  const [, moved] = (await readSeries(test, client, booked.series.id)).occurrences;
  // Alone first, then an hour later with the others; or with the others first, and then the version was an old one.
  const wanted =
    alone.__typename === 'BookingRescheduled' ? '2027-03-16T16:00:00.000Z' : '2027-03-15T11:00:00.000Z';
  expect(moved?.booking?.startsAt).toBe(wanted);
});
