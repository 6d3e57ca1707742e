import { randomUUID } from 'node:crypto';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { openPaymentsForTests, type UnderTest } from '../payments-for-tests.ts';
import { agree, decide, moneyOf, newcomer, pay, saidOf, toldOf } from './life-for-tests.ts';

// Near: reserved until the appointment. Far: a deposit now, or agreed now and reserved two days before.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set('2030-05-06T09:00:00Z'));
afterEach(() => test.callOff());

const SET_UP = { capture: 'AT_APPOINTMENT', farAhead: 'SET_UP', onUnpaid: 'RELEASE' };
const TWO_DAYS_BEFORE = '2030-05-14T09:00:00.000Z';
const RESUME = `mutation ($input: ResumePaymentInput!) { resumePayment(input: $input) { __typename
  ... on PaymentRequiresAction { payment { id status actionDueAt } clientSecret }
  ... on DepositAuthorized { payment { id status } } } }`;

type Party = Awaited<ReturnType<typeof newcomer>>;

/** Agreed to now, for an appointment in ten days: nothing is reserved, and the booking stands. */
async function secured(card?: string): Promise<Party & { paymentId: string }> {
  const party = await newcomer(test, card === undefined ? {} : { card });
  await decide(test, party.organizationId, SET_UP);
  await agree(test, party, { covers: ['HOLD'] });
  await pay(test, party);
  await test.deliver(party.organizationId, 'booking.confirmed', saidOf(party.quote).confirmed);
  await test.work();
  const [payment] = await test.database.transaction(party.organizationId, (tx) =>
    tx.query<{ id: string }>('SELECT id FROM payment'),
  );
  return { ...party, paymentId: payment?.id ?? '' };
}

const resume = async ({ client, paymentId }: Party & { paymentId: string }, more: object = {}) => {
  const input = { paymentId, idempotencyKey: randomUUID(), ...more };
  const { data, errors } = await test.ask(client, RESUME, { input });
  expect(errors).toEqual([]);
  return data?.['resumePayment'];
};

const intentsOf = async ({ organizationId }: Party) =>
  (await atProcessor(test, organizationId)).intents.map(({ status }) => status);

describe('an appointment within the time that a reservation lasts', () => {
  it('is reserved, and taken once it is over, not before', async () => {
    const startsAt = '2030-05-08T09:00:00.000Z';
    const party = await newcomer(test, { change: { startsAt } });
    const { organizationId, quote } = party;
    await decide(test, organizationId, { capture: 'AT_APPOINTMENT' });
    expect((await pay(test, party)).__typename).toBe('DepositAuthorized');
    await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD AUTHORIZED 0']);
    test.clock.set('2030-05-08T10:05:00Z');
    await test.deliver(organizationId, 'booking.completed', saidOf(quote).closed(true));
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD CAPTURED 4500']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('is taken by itself when nobody closed it: after its end, the grace and the difference of two clocks', async () => {
    const party = await newcomer(test, { change: { startsAt: '2030-05-08T09:00:00.000Z' } });
    const { organizationId, quote } = party;
    await decide(test, organizationId, { capture: 'AT_APPOINTMENT', graceMinutes: 30 });
    await pay(test, party);
    await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
    test.clock.set('2030-05-08T10:39:59Z');
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD AUTHORIZED 0']);
    test.clock.set('2030-05-08T10:40:00Z');
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD CAPTURED 4500']);
  });
});

describe('an appointment further away', () => {
  it('takes the deposit at once when the organization wants that, or when the client has agreed to nothing', async () => {
    for (const farAhead of ['DEPOSIT_NOW', 'SET_UP']) {
      const party = await newcomer(test);
      const { organizationId, quote } = party;
      await decide(test, organizationId, { capture: 'AT_APPOINTMENT', farAhead });
      await pay(test, party);
      await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
      await test.work();
      expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT CAPTURED 4500']);
    }
  });

  it('is agreed now, reserved two days before while its client is away, and taken when it is over', async () => {
    const party = await secured();
    const { organizationId, quote, paymentId } = party;
    expect(await test.published(organizationId, 'payment.secured')).toEqual([
      { paymentId, bookingId: quote.bookingId, holdId: quote.holdId, clientId: quote.clientId },
    ]);
    test.clock.set('2030-05-14T08:59:59Z');
    await test.work();
    expect([await intentsOf(party), await moneyOf(test, organizationId)]).toEqual([[], ['HOLD CREATED 0']]);
    test.clock.set(TWO_DAYS_BEFORE);
    await test.work();
    expect(await intentsOf(party)).toEqual(['requires_capture']);
    test.clock.set('2030-05-16T10:30:00Z');
    await test.deliver(organizationId, 'booking.completed', saidOf(quote).closed(true));
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD CAPTURED 4500']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('is reserved when the new time asks for it, once it has moved', async () => {
    const party = await secured();
    const { organizationId, quote } = party;
    const moved = saidOf(quote).moved({ startsAt: '2030-06-16T09:00:00.000Z' });
    await test.deliver(organizationId, 'booking.rescheduled', moved);
    test.clock.set(TWO_DAYS_BEFORE);
    await test.work();
    expect(await intentsOf(party)).toEqual([]);
    test.clock.set('2030-06-14T09:00:00Z');
    await test.work();
    expect(await intentsOf(party)).toEqual(['requires_capture']);
  });

  it('costs nothing when it is called off for nothing, and what the rules keep when it is called off late', async () => {
    const [free, late] = [await secured(), await secured()];
    await test.deliver(free.organizationId, 'booking.cancelled', saidOf(free.quote).cancelled(100));
    await test.deliver(late.organizationId, 'booking.cancelled', saidOf(late.quote).cancelled(40));
    await test.work();
    expect([await intentsOf(free), await moneyOf(test, free.organizationId)]).toEqual([
      [],
      ['HOLD ABANDONED 0'],
    ]);
    expect(await moneyOf(test, late.organizationId)).toEqual(['HOLD CAPTURED 2700']);
  });
});

describe('[payments T20] a bank that asks for a cardholder who is away', () => {
  it('brings them back with a letter and a deadline; nothing else is tried meanwhile, and then it is reserved', async () => {
    const party = await secured('pm_card_authenticationRequired');
    const { organizationId, paymentId } = party;
    test.clock.set(TWO_DAYS_BEFORE);
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD REQUIRES_ACTION 0']);
    const [letter] = await test.published(organizationId, 'message.requested');
    expect(letter).toMatchObject({
      template: 'payment-action-needed',
      parameters: { amount: '45.00 EUR', dueAt: '2030-05-15T09:00:00.000Z' },
    });
    await test.work();
    expect(await intentsOf(party)).toHaveLength(1);
    const back = await resume(party);
    expect(back).toMatchObject({
      __typename: 'PaymentRequiresAction',
      payment: { id: paymentId, actionDueAt: '2030-05-15T09:00:00.000Z' },
      clientSecret: expect.stringMatching(/^pi_/) as unknown,
    });
    const [intent] = (await atProcessor(test, organizationId)).intents;
    await test.atProcessor(`/simulator/payment_intents/${intent?.id}/authenticate`, 'outcome=success');
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD AUTHORIZED 0']);
    expect(await intentsOf(party)).toEqual(['requires_capture']);
    expect(await toldOf(test, organizationId)).toEqual(['payment-action-needed']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('gives the slot up at the deadline when the organization decided so, and says so once', async () => {
    const party = await secured('pm_card_authenticationRequired');
    const { organizationId, quote, paymentId } = party;
    test.clock.set(TWO_DAYS_BEFORE);
    await test.work();
    test.clock.set('2030-05-15T08:59:59Z');
    await test.work();
    expect(await test.published(organizationId, 'payment.unpaid')).toEqual([]);
    test.clock.set('2030-05-15T09:00:00Z');
    await test.work();
    await test.work();
    expect(await intentsOf(party)).toEqual(['canceled']);
    expect(await test.published(organizationId, 'payment.unpaid')).toEqual([
      { paymentId, bookingId: quote.bookingId, reason: 'abandoned', policy: 'RELEASE' },
    ]);
  });

  it('a second attempt is another payment, made only after the first came to a definite end', async () => {
    const party = await secured();
    const { organizationId, client } = party;
    await test.order({ kind: 'drop_before', times: 2, only: '/v1/payment_intents' });
    test.clock.set(TWO_DAYS_BEFORE);
    await test.work();
    // The outcome is not known: whoever comes back finds it under way, and nothing is sent for them.
    expect(await resume(party)).toMatchObject({ __typename: 'PaymentInProgress' });
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD AUTHORIZING 0']);
    await test.callOff();
    test.clock.advance(120_000);
    await test.work();
    expect(await intentsOf(party)).toEqual(['requires_capture']);
    expect(await resume(party)).toMatchObject({ __typename: 'DepositAuthorized' });
    expect(client.accountId).not.toBeNull();
    expect(await intentsOf(party)).toEqual(['requires_capture']);
  });

  it('a card that is refused is put right by its client with another one, for the same appointment', async () => {
    const party = await secured('pm_card_chargeCustomerFail');
    const { organizationId, client } = party;
    test.clock.set(TWO_DAYS_BEFORE);
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD FAILED 0']);
    expect(await toldOf(test, organizationId)).toEqual(['payment-action-needed']);
    const paymentMethodId = await test.addCard(client);
    expect(await resume(party, { paymentMethodId })).toMatchObject({ __typename: 'DepositAuthorized' });
    test.clock.set('2030-05-15T10:00:00Z');
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD FAILED 0', 'HOLD AUTHORIZED 0']);
    expect(await test.published(organizationId, 'payment.unpaid')).toEqual([]);
  });
});
