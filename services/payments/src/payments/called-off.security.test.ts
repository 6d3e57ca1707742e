import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { openPaymentsForTests, staffOf, type UnderTest } from '../payments-for-tests.ts';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { performOp } from '../operations/perform-op.ts';
import { checkOp } from '../operations/check-op.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { noteBooking } from '../bookings/note-booking.ts';
import { beginPayment } from './begin-payment.ts';
import { agree, decide, moneyOf, newcomer, pay, saidOf } from './life-for-tests.ts';

// The hole: what is over here and could still succeed at the processor. A cardholder who failed 3-D Secure tries again on the
// bank's page after the slot was given away; a call that nobody sent for an hour reserves money for nothing; an authorization
// that arrives while it is called off confirms a booking that then has no money behind it. And what is paid after the deposit, where
// nobody looked: thieves try out cards with the rest of a price, and with payments that wait for somebody to come back.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set('2030-05-06T09:00:00Z'));
afterEach(() => test.callOff());

const actor = { kind: 'SERVICE', accountId: null, requestId: 'test' } as const;

async function waiting() {
  const party = await newcomer(test, { card: 'pm_card_authenticationRequired' });
  const { payment } = await pay(test, party);
  const intentOf = async () => (await atProcessor(test, party.organizationId)).intents[0];
  return { ...party, paymentId: payment?.id ?? '', intentId: (await intentOf())?.id ?? '', intentOf };
}
const authenticate = (intentId: string, outcome: 'success' | 'failure') =>
  test.atProcessor<{ status?: string; error?: object }>(
    `/simulator/payment_intents/${intentId}/authenticate`,
    `outcome=${outcome}`,
  );
const openOps = (organizationId: string) =>
  test.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string; kind: string }>(
      `SELECT id, kind FROM payment_op WHERE state IN ('REQUESTED', 'UNKNOWN')`,
    ),
  );

describe('a payment whose cardholder failed to authenticate', () => {
  it('fails only once its intent is called off: nobody can confirm it afterwards, and another card can be tried', async () => {
    const { organizationId, intentId, intentOf, client, quote } = await waiting();
    await authenticate(intentId, 'failure');
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT FAILED 0']);
    expect((await intentOf())?.status).toBe('canceled');
    const again = await test.atProcessor<{ error?: object }>(`/v1/payment_intents/${intentId}/confirm`, '');
    expect(again.error).toBeDefined();
    const paymentMethodId = await test.addCard(client);
    expect((await test.authorize(client, { quote, paymentMethodId })).__typename).toBe('DepositAuthorized');
    expect(await test.published(organizationId, 'payment.authorized')).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('is under way to whoever asks while it is called off, and does not fail as long as that is not certain', async () => {
    const { organizationId, intentId, client, quote, paymentMethodId } = await waiting();
    await authenticate(intentId, 'failure');
    await test.order({ kind: 'drop_before', times: 9, only: `/v1/payment_intents/${intentId}/cancel` });
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT REQUIRES_ACTION 0']);
    expect((await test.authorize(client, { quote, paymentMethodId })).__typename).toBe('PaymentInProgress');
    await test.callOff();
    test.clock.advance(120_000);
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT FAILED 0']);
  });
});

describe('an authorization that is being called off', () => {
  it('is announced to nobody when its cardholder succeeds meanwhile, and ends released', async () => {
    const { organizationId, intentId, intentOf, paymentId } = await waiting();
    test.clock.advance(16 * 60_000);
    // The call to cancel it is lost; the cardholder is faster than its repetition, and their webhook arrives.
    await test.order({ kind: 'drop_before', times: 2, only: `/v1/payment_intents/${intentId}/cancel` });
    await settlePayment(test.payments, { organizationId, paymentId });
    await test.callOff();
    await authenticate(intentId, 'success');
    const [open] = await openOps(organizationId);
    await test.work();
    expect(await test.published(organizationId, 'payment.authorized')).toEqual([]);
    test.clock.advance(60_000);
    await checkOp(test.payments, { organizationId, opId: open?.id ?? '' });
    expect(await test.published(organizationId, 'payment.authorized')).toEqual([]);
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT ABANDONED 0']);
    expect((await intentOf())?.status).toBe('canceled');
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

describe('an authorization that was written down and never sent', () => {
  async function unsent() {
    const party = await newcomer(test);
    await test.order({ kind: 'drop_before', times: 2, only: '/v1/payment_intents' });
    await pay(test, party);
    await test.callOff();
    // As a process leaves it that died between writing and sending.
    await test.database.transaction(party.organizationId, (tx) =>
      tx.query(`UPDATE payment_op SET first_sent_at = NULL`),
    );
    return party;
  }

  it('is not sent once its slot is somebody else’s', async () => {
    const { organizationId, client, quote, paymentMethodId } = await newcomer(test);
    const { begun } = await writtenDown({ organizationId, client, quote, paymentMethodId });
    test.clock.advance(16 * 60_000);
    await performOp(test.payments, { organizationId, opId: begun }, actor);
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT ABANDONED 0']);
    expect((await atProcessor(test, organizationId)).intents).toEqual([]);
    expect(await openOps(organizationId)).toEqual([]);
  });

  it('[payments T4] is sent once when it may have been dropped on its way, however often it is repeated', async () => {
    const { organizationId } = await unsent();
    for (let round = 0; round < 3; round += 1) {
      test.clock.advance(120_000);
      await test.work();
    }
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT AUTHORIZED 0']);
    expect((await atProcessor(test, organizationId)).intents).toHaveLength(1);
    expect(await test.published(organizationId, 'payment.authorized')).toHaveLength(1);
  });

  it('[payments T3] is found by the janitor with the same key when the processor did it and its answer was lost', async () => {
    const party = await newcomer(test);
    const { organizationId } = party;
    await test.order({ kind: 'webhook_lost', times: 99 });
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents' });
    await pay(test, party);
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT AUTHORIZING 0']);
    expect((await openOps(organizationId)).map(({ kind }) => kind)).toEqual(['AUTHORIZE']);
    await test.callOff();
    test.clock.advance(15_000);
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT AUTHORIZED 0']);
    expect((await atProcessor(test, organizationId)).intents).toHaveLength(1);
    await test.deliver(organizationId, 'booking.refused', saidOf(party.quote).refused);
    await test.work();
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  /** The rows alone: nothing has called the processor. */
  async function writtenDown(party: Parameters<typeof pay>[1] & { organizationId: string }) {
    const { payments } = test;
    const { quote, paymentMethodId: methodId } = party;
    const { bookingId, clientId, currency, holdId } = quote;
    return payments.database.transaction(party.organizationId, async (tx) => {
      await noteBooking(payments, tx, { ...quote, outcome: 'HELD', version: 0 });
      const { op } = await beginPayment(
        { payments, tx, actor },
        {
          purpose: 'DEPOSIT',
          bookingId,
          clientId,
          methodId,
          currency,
          holdId,
          amountMinor: 4500n,
          mandateId: null,
          offSession: false,
          quoteExpiresAt: new Date(quote.expiresAt),
          now: payments.clock(),
        },
      );
      return { begun: op?.id ?? '' };
    });
  }
});

describe('[PAY-03] [payments T27] what is paid later', () => {
  const DECLINING = 'pm_card_chargeCustomerFail';
  const PAY = `mutation ($input: PayBalanceInput!) { payBalance(input: $input) { __typename } }`;
  const RESUME = `mutation ($input: ResumePaymentInput!) { resumePayment(input: $input) { __typename } }`;
  const REVIEW = `mutation ($input: DecidePaymentReviewInput!) { decidePaymentReview(input: $input) { __typename } }`;
  const answerTo = async (caller: Caller, query: string, input: object): Promise<unknown> => {
    const { data } = await test.ask(caller, query, { input: { idempotencyKey: randomUUID(), ...input } });
    return (Object.values(data ?? {})[0] as { __typename: string } | null)?.__typename;
  };
  /** How often a bank was asked for these payments, by the end of the path. */
  const asked = async (end: RegExp): Promise<number> => {
    const requests = await test.atProcessor<{ path: string; method: string }[]>('/simulator/requests');
    return requests.filter(({ path, method }) => method === 'POST' && end.test(path)).length;
  };
  const paymentIdOf = async (organizationId: string): Promise<string> => {
    const find = 'SELECT id FROM payment ORDER BY created_at LIMIT 1';
    const [row] = await test.database.transaction(organizationId, (tx) => tx.query<{ id: string }>(find));
    return row?.id ?? '';
  };

  it('is no place to try out cards: the rest of a price is judged as a deposit is', async () => {
    const party = await newcomer(test, { change: { priceMinor: 9000 } });
    const { client, organizationId, quote } = party;
    await pay(test, party);
    await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
    const paymentMethodId = await test.addCard(client, DECLINING);
    const before = await asked(/\/payment_intents$/);
    for (let attempt = 0; attempt < 6; attempt += 1)
      await answerTo(client, PAY, { bookingId: quote.bookingId, paymentMethodId });
    expect((await asked(/\/payment_intents$/)) - before).toBe(3);
  });

  it('nor is a payment that waits for its payer: banks are asked a few times, then nobody is', async () => {
    const party = await newcomer(test, { card: 'pm_card_authenticationRequired' });
    const { client, organizationId, quote } = party;
    await decide(test, organizationId, { capture: 'AT_APPOINTMENT', farAhead: 'SET_UP' });
    await agree(test, party, { covers: ['HOLD'] });
    await pay(test, party);
    await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
    test.clock.set('2030-05-14T09:00:00Z');
    await test.work();
    const paymentMethodId = await test.addCard(client, DECLINING);
    const paymentId = await paymentIdOf(organizationId);
    const before = await asked(/\/confirm$/);
    const answers = [];
    for (let attempt = 0; attempt < 7; attempt += 1)
      answers.push(await answerTo(client, RESUME, { paymentId, paymentMethodId }));
    expect([...new Set(answers)]).toEqual(['PaymentDeclined']);
    expect((await asked(/\/confirm$/)) - before).toBe(5);
  });

  it('stays refused when somebody here refused it: coming back does not make it another payment', async () => {
    const party = await newcomer(test, { change: { startsAt: '2030-05-08T09:00:00.000Z' } });
    const { organizationId, quote } = party;
    const client = { ...party.client, riskLevel: 'HIGH' as const };
    await decide(test, organizationId, { capture: 'AT_APPOINTMENT' });
    await pay(test, { ...party, client });
    await test.deliver(organizationId, 'booking.confirmed', saidOf(quote).confirmed);
    const paymentId = await paymentIdOf(organizationId);
    const refusal = { paymentId, decision: 'REFUSE', reason: 'LOOKS_LIKE_FRAUD' };
    expect(await answerTo(staffOf(organizationId, 'BILLING'), REVIEW, refusal)).toBe('PaymentReviewDecided');
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['HOLD VOIDED 0']);
    expect(await answerTo(party.client, RESUME, { paymentId })).toBe('NothingDue');
  });
});
