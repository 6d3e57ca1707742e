import { createPublicKey, randomUUID } from 'node:crypto';
import { openStatement } from '@kept/events';
import type { Caller } from '@kept/passport';
import { onPaymentAuthorized } from '../bookings/on-payment-authorized.ts';
import { type Answer } from '../operations-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { at, storyOf, typeOf } from '../offers/story-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const { hold, book, cancel, move, rows } = storyOf(() => ({ test, business }));
/** Nothing of anything is left over, neither in the arbiter nor in a counter. */
async function expectAllGivenBack(): Promise<void> {
  expect(
    await rows(`SELECT (SELECT count(*)::int FROM allocation WHERE status <> 'released') AS times,
      (SELECT COALESCE(sum(used), 0)::int FROM capacity_use) AS things, (SELECT COALESCE(sum(used), 0)::int FROM limit_use) AS bookings,
      (SELECT COALESCE(sum(seats_taken), 0)::int FROM group_session) AS seats`),
  ).toEqual([{ times: 0, things: 0, bookings: 0, seats: 0 }]);
}

describe('a group', () => {
  beforeEach(async () => {
    business = await openBusiness(test, { capacity: 3, depositMinor: null });
  });
  const sessions = () =>
    rows(`SELECT starts_at, seats_taken FROM group_session WHERE seats_taken > 0 ORDER BY starts_at`);

  it('[BOK-04] one who cancels or moves leaves the rest; with the last one the provider is free', async () => {
    const [one, two] = [await business.client(), await business.client()];
    const first = await book(one, at('10:00'), { seats: 2 });
    const second = await book(two, at('10:00'));
    expect(await typeOf(hold(await business.client(), at('10:00')))).toBe('SlotUnavailable');
    expect(await typeOf(hold(await business.client(), at('10:30')))).toBe('SlotUnavailable');
    expect(await typeOf(move(one, first, at('12:00')))).toBe('BookingRescheduled');
    expect(await sessions()).toEqual([
      { starts_at: new Date(at('10:00')), seats_taken: 1 },
      { starts_at: new Date(at('12:00')), seats_taken: 2 },
    ]);
    // Overlapping one's own old session is no obstacle when nobody else is in it.
    expect(await typeOf(move(one, { ...first, version: 3 }, at('12:30')))).toBe('BookingRescheduled');
    await cancel(one, { ...first, version: 4 });
    await cancel(two, second);
    await expectAllGivenBack();
  });

  it('[BOK-04] who pays for a seat too late gets one when there is one, and else the money goes back', async () => {
    business = await openBusiness(test, { capacity: 1 + 1, depositMinor: 500 });
    const clients = await Promise.all(Array.from({ length: 4 }, () => business.client()));
    const pay = (held: Answer): Promise<void> => {
      const key = createPublicKey(test.scheduling.signingKey);
      const quote = openStatement('kept/quote/v1', String(held['quote']), key) as Parameters<
        typeof onPaymentAuthorized
      >[2];
      const { bookingId, holdId, clientId, amountMinor, currency } = quote;
      const paid = { paymentId: randomUUID(), bookingId, holdId, clientId, amountMinor, currency };
      return test.database.transaction(business.organizationId, (tx) =>
        onPaymentAuthorized(tx, test.scheduling, paid),
      );
    };
    const [slow, slower, quick] = clients as [Caller, Caller, Caller, Caller];
    const late = await hold(slow, at('10:00'));
    const later = await hold(slower, at('10:00'));
    expect(late['depositDue']).toEqual({ amountMinor: 500, currency: 'GBP' });
    test.clock.advance(900_000);
    await pay(await hold(quick, at('10:00')));
    await pay(late);
    await pay(later);
    const statuses = await rows('SELECT status FROM booking ORDER BY status');
    expect(statuses.map(({ status }) => status)).toEqual(['CONFIRMED', 'CONFIRMED', 'EXPIRED']);
    expect(await sessions()).toEqual([{ starts_at: new Date(at('10:00')), seats_taken: 2 }]);
  });
});
