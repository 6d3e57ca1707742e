/**
 * The hole this keeps closed: a rule that counts bookings and no series. Whoever opened an account a minute ago booked a dozen
 * series of a hundred times each, a whole calendar for months, and nobody looked at it.
 */
import { CONFIRM, hold, mutate } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

it.each([
  { made: 130, then: 'CONFIRMED' },
  { made: 131, then: 'PENDING_REVIEW' },
])('[BOK-11] after $made appointments of series within a day the next is $then', async ({ made, then }) => {
  const business = await openBusiness(test);
  const client = await business.client();
  const first = await hold(test, client, { ...business, startsAt: '2027-02-03T10:00:00.000Z' });
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `INSERT INTO booking SELECT r.* FROM booking b CROSS JOIN generate_series(1, $2) AS n, LATERAL jsonb_populate_record(b,
         jsonb_build_object('id', md5(n || b.id::text)::uuid, 'origin', 'SERIES', 'status', 'CONFIRMED', 'history_head', NULL)) AS r
       WHERE b.id = $1`,
      [first['bookingId'], made],
    ),
  );
  const answer = await mutate(test, client, { query: CONFIRM, input: { holdId: first['id'] } });
  expect(answer).toMatchObject({ booking: { status: then } });
});
