import { randomUUID } from 'node:crypto';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { agree, decide, moneyOf, newcomer, pay, saidOf, toldOf } from '../payments/life-for-tests.ts';
import { openPaymentsForTests, type UnderTest } from '../payments-for-tests.ts';

// How long a reservation lasts, the processor says: here seven days. What ends before its appointment is over is made again a
// day before, or its client is told; what is over is never asked to be taken.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set('2030-05-06T09:00:00Z'));

const IN_THREE_DAYS = '2030-05-09T09:00:00.000Z';
const IN_TWO_WEEKS = '2030-05-20T09:00:00.000Z';

/** Reserved for an appointment in three days, which is then moved to in two weeks: longer than the reservation lasts. */
async function movedAway({ withConsent }: { withConsent: boolean }) {
  const party = await newcomer(test, { change: { startsAt: IN_THREE_DAYS } });
  const { organizationId, quote } = party;
  await decide(test, organizationId, { capture: 'AT_APPOINTMENT', onUnpaid: 'KEEP' });
  if (withConsent) await agree(test, party, { covers: ['HOLD'] });
  await pay(test, party);
  await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
  await test.deliver(organizationId, 'booking.rescheduled', saidOf(quote).moved({ startsAt: IN_TWO_WEEKS }));
  await test.work();
  return party;
}

const posts = async (path: RegExp) => {
  const all = await test.atProcessor<{ method: string; path: string }[]>('/simulator/requests');
  return all.filter((request) => request.method === 'POST' && path.test(request.path)).length;
};

describe('[payments T18] a reservation that ends before its appointment', () => {
  it('is made again a day before it ends, under the consent it was made with, and one at a time', async () => {
    const { organizationId, quote } = await movedAway({ withConsent: true });
    test.clock.set('2030-05-12T08:59:00Z');
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD AUTHORIZED 0']);
    test.clock.set('2030-05-12T09:01:00Z');
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD VOIDED 0', 'HOLD AUTHORIZED 0']);
    test.clock.set('2030-05-18T10:00:00Z');
    await test.work();
    expect((await moneyOf(test, organizationId)).at(-1)).toBe('HOLD AUTHORIZED 0');
    test.clock.set('2030-05-20T10:30:00Z');
    await test.deliver(organizationId, 'booking.completed', saidOf(quote).closed(true));
    await test.work();
    const { intents } = await atProcessor(test, organizationId);
    expect(intents.map(({ status }) => status).toSorted()).toEqual(['canceled', 'canceled', 'succeeded']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('without consent its client is told in time; it ends, is never taken, and the business hears of it', async () => {
    const { organizationId, quote } = await movedAway({ withConsent: false });
    test.clock.set('2030-05-12T09:01:00Z');
    await test.work();
    expect(await toldOf(test, organizationId)).toEqual(['payment-action-needed']);
    test.clock.set('2030-05-13T09:00:00Z');
    const captures = await posts(/capture$/);
    await test.deliver(organizationId, 'booking.completed', saidOf(quote).closed(true));
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD AUTH_EXPIRED 0']);
    expect(await posts(/capture$/)).toBe(captures);
    expect(await toldOf(test, organizationId)).toEqual(['payment-action-needed', 'payment-expired']);
    const { intents } = await atProcessor(test, organizationId);
    expect(intents.map(({ status }) => status)).toEqual(['canceled']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('its client is waited for until a day before the appointment, then the organization’s decision holds', async () => {
    const { organizationId, quote } = await movedAway({ withConsent: false });
    test.clock.set('2030-05-13T09:00:00Z');
    await test.work();
    test.clock.set('2030-05-19T08:59:00Z');
    await test.work();
    expect(await test.published(organizationId, 'payment.unpaid')).toEqual([]);
    test.clock.set('2030-05-19T09:00:00Z');
    await test.work();
    await test.work();
    expect(await test.published(organizationId, 'payment.unpaid')).toEqual([
      expect.objectContaining({ bookingId: quote.bookingId, reason: 'auth_expired', policy: 'KEEP' }),
    ]);
  });
});

it('[payments T18] a deposit that nobody looked at in time is asked for again, and paid anew by its client', async () => {
  const party = await newcomer(test, { change: { startsAt: IN_TWO_WEEKS } });
  const { organizationId, quote, client } = party;
  await pay(test, { ...party, client: { ...client, riskLevel: 'HIGH' } });
  await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
  test.clock.set('2030-05-13T09:00:00Z');
  await test.work();
  expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT AUTH_EXPIRED 0']);
  expect(await toldOf(test, organizationId)).toEqual(['payment-expired', 'payment-action-needed']);
  const [expired] = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string }>('SELECT id FROM payment'),
  );
  const RESUME = `mutation ($input: ResumePaymentInput!) { resumePayment(input: $input) { __typename } }`;
  const input = { paymentId: expired?.id, idempotencyKey: randomUUID() };
  const { data } = await test.ask(client, RESUME, { input });
  expect(data?.['resumePayment']).toEqual({ __typename: 'DepositAuthorized' });
  await test.work();
  expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT AUTH_EXPIRED 0', 'DEPOSIT CAPTURED 4500']);
  // What was asked for first is settled: the deadline passes, and nobody is told that nothing was paid.
  test.clock.set('2030-05-19T09:00:00Z');
  await test.work();
  expect(await test.published(organizationId, 'payment.unpaid')).toEqual([]);
  expect(await brokenInvariants(test, organizationId)).toEqual([]);
});

describe('[payments T29] a clock that is wrong by ten minutes', () => {
  /** Scheduling says that nobody came when our own clock says this. */
  const noShowAt = async (ours: string) => {
    test.clock.set('2030-05-06T09:00:00Z');
    const party = await newcomer(test, { change: { startsAt: IN_THREE_DAYS } });
    const { organizationId, quote } = party;
    await decide(test, organizationId, { capture: 'AT_APPOINTMENT', graceMinutes: 15 });
    await pay(test, party);
    await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
    test.clock.set(ours);
    await test.deliver(organizationId, 'booking.completed', saidOf(quote).closed(false, 50));
    await test.work();
    return moneyOf(test, organizationId);
  };

  it('takes nothing for not coming before the grace has passed on every clock', async () => {
    // The appointment began at 09:00, and the grace ends at 09:15: by our clock up to ten minutes before and after.
    for (const ours of ['2030-05-09T08:50:00Z', '2030-05-09T09:10:00Z', '2030-05-09T09:24:59Z']) {
      expect(await noShowAt(ours)).toEqual(['HOLD AUTHORIZED 0']);
    }
    // A clock that is ten minutes ahead says 09:25 when the grace is over: from then on, and the fee alone.
    expect(await noShowAt('2030-05-09T09:25:00Z')).toEqual(['HOLD CAPTURED 2250']);
  });
});
