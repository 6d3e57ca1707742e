import { randomUUID } from 'node:crypto';
import { atProcessor, balancesOf, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { decide, moneyOf, toldOf } from '../payments/life-for-tests.ts';
import { openPaymentsForTests, organizationOf, staffOf, type UnderTest } from '../payments-for-tests.ts';
import { bought, buy, ENDS, giveBack, lastAsked, passQuoteFor, refundsOf } from './passes-for-tests.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set('2030-05-06T09:00:00Z'));
afterEach(() => test.callOff());

const unharmed = async (organizationId: string) =>
  expect(await brokenInvariants(test, organizationId)).toEqual([]);

describe('buying a pass', () => {
  it('takes the money at once, once for keys that race, and tells scheduling and the payer of it', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client);
    const quote = passQuoteFor(test, client);
    const same = randomUUID();
    const keys = [same, same, randomUUID(), randomUUID()];
    const answers = await Promise.all(
      keys.map((idempotencyKey) => buy(test, client, { quote, paymentMethodId, idempotencyKey })),
    );
    for (const { __typename } of answers) expect(['PassPaid', 'PaymentInProgress']).toContain(__typename);
    const { purchaseId } = quote;
    expect(await buy(test, client, { quote, paymentMethodId, idempotencyKey: same })).toMatchObject({
      __typename: 'PassPaid',
      payment: {
        status: 'CAPTURED',
        purpose: 'PASS',
        passPurchaseId: purchaseId,
        captured: { amountMinor: 12_000 },
      },
    });
    expect(await moneyOf(test, organizationId)).toEqual(['PASS CAPTURED 12000']);
    expect((await atProcessor(test, organizationId)).intents).toHaveLength(1);
    const clientId = client.accountId;
    const paid = [{ purchaseId, clientId, amountMinor: 12_000, currency: 'EUR' }];
    expect(await test.published(organizationId, 'pass.paid')).toEqual(paid);
    expect(await toldOf(test, organizationId)).toEqual(['payment-captured']);
    await unharmed(organizationId);
  });

  it('waits for a cardholder who must authenticate, until the offer ends and no longer', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client, 'pm_card_authenticationRequired');
    const asked = await buy(test, client, { quote: passQuoteFor(test, client), paymentMethodId });
    expect(asked).toMatchObject({ __typename: 'PaymentRequiresAction', clientSecret: expect.any(String) });
    const [intent] = (await atProcessor(test, organizationId)).intents;
    await test.order({ kind: 'webhook_lost', times: 9 });
    await test.atProcessor(`/simulator/payment_intents/${intent?.id}/authenticate`, 'outcome=success');
    const RESUME = `mutation ($input: ResumePaymentInput!) { resumePayment(input: $input) { __typename } }`;
    const input = { paymentId: asked.payment?.id, idempotencyKey: randomUUID() };
    await test.ask(client, RESUME, { input });
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['PASS CAPTURED 12000']);
    // Another pass, for which nobody comes back.
    await buy(test, client, { quote: passQuoteFor(test, client), paymentMethodId });
    test.clock.advance(31 * 60_000);
    await test.work();
    expect((await moneyOf(test, organizationId)).toSorted()).toEqual([
      'PASS ABANDONED 0',
      'PASS CAPTURED 12000',
    ]);
    expect(await test.published(organizationId, 'pass.paid')).toHaveLength(1);
    await unharmed(organizationId);
  });

  it('finds out what became of an answer that was lost, and is declined by a bank like anything else', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client);
    const quote = passQuoteFor(test, client);
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents' });
    const lost = await buy(test, client, { quote, paymentMethodId });
    expect(lost).toMatchObject({ __typename: 'PaymentInProgress', payment: { status: 'AUTHORIZING' } });
    test.clock.advance(15_000);
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['PASS CAPTURED 12000']);
    expect((await atProcessor(test, organizationId)).intents).toHaveLength(1);
    expect(await test.published(organizationId, 'pass.paid')).toHaveLength(1);
    const declining = await test.addCard(client, 'pm_card_chargeCustomerFail');
    const other = passQuoteFor(test, client);
    const refused = await buy(test, client, { quote: other, paymentMethodId: declining });
    expect(refused.__typename).toBe('PaymentDeclined');
    // The offer still stands: with another card it is paid.
    expect(await buy(test, client, { quote: other, paymentMethodId })).toMatchObject({
      __typename: 'PassPaid',
    });
    await unharmed(organizationId);
  });

  it('gives the money back once when scheduling cannot grant it, and is earned when the pass has ended', async () => {
    const refused = await bought(test, { granted: false });
    const { organizationId, purchaseId, quote, client, paymentMethodId } = refused;
    for (let times = 0; times < 2; times += 1) {
      await test.deliver(organizationId, 'pass.refused', { purchaseId, reason: 'CLIENT_UNKNOWN' });
      await test.work();
    }
    expect(await refundsOf(test, organizationId)).toEqual(['SUCCEEDED 12000 PASS_REFUSED']);
    expect(await toldOf(test, organizationId)).toEqual(['payment-captured', 'payment-refunded']);
    // What has come to its end is not paid for again.
    const again = await buy(test, client, { quote, paymentMethodId });
    expect(again).toMatchObject({ __typename: 'QuoteRefused', reason: 'EXPIRED' });
    await unharmed(organizationId);

    const good = await bought(test);
    await test.work();
    const owed = await balancesOf(test, good.organizationId);
    expect([owed['liability:deferred_revenue'], owed['revenue:service'] ?? 0]).toEqual([-12_000, 0]);
    test.clock.set(ENDS);
    await test.work();
    const earned = await balancesOf(test, good.organizationId);
    expect([earned['liability:deferred_revenue'] ?? 0, earned['revenue:service']]).toEqual([0, -12_000]);
    await unharmed(good.organizationId);
  });
});

describe('giving a pass back', () => {
  it('sends nothing before scheduling has taken the pass back, then all of it, once', async () => {
    const pass = await bought(test);
    const { organizationId, purchaseId } = pass;
    expect(await giveBack(test, pass)).toMatchObject({
      __typename: 'RefundRequested',
      refund: { status: 'REQUESTED', cause: 'STAFF_DECISION' },
    });
    await test.work();
    expect((await atProcessor(test, organizationId)).refunds).toEqual([]);
    expect(await giveBack(test, pass)).toMatchObject({ reason: 'AMOUNT_TOO_LARGE' });
    const asked = await lastAsked(test, organizationId);
    expect(asked.purchaseId).toBe(purchaseId);
    for (let times = 0; times < 2; times += 1) {
      await test.deliver(organizationId, 'pass.revoked', asked);
      await test.work();
    }
    expect(await refundsOf(test, organizationId)).toEqual(['SUCCEEDED 12000 STAFF_DECISION']);
    expect((await atProcessor(test, organizationId)).refunds).toHaveLength(1);
    expect(await test.published(organizationId, 'pass.refund_failed')).toEqual([]);
    await unharmed(organizationId);
  });

  it('keeps the money when a credit was used meanwhile, and can be asked for again', async () => {
    const pass = await bought(test);
    const { organizationId } = pass;
    await giveBack(test, pass);
    const first = await lastAsked(test, organizationId);
    await test.deliver(organizationId, 'pass.kept', { ...first, reason: 'CREDIT_USED' });
    await test.work();
    expect(await refundsOf(test, organizationId)).toEqual(['CANCELED 12000 STAFF_DECISION']);
    // Said late, for what was called off: no money moves.
    await test.deliver(organizationId, 'pass.revoked', first);
    await test.work();
    expect((await atProcessor(test, organizationId)).refunds).toEqual([]);
    await giveBack(test, pass);
    await test.deliver(organizationId, 'pass.revoked', await lastAsked(test, organizationId));
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['PASS CAPTURED 0']);
    await unharmed(organizationId);
  });

  it('[payments T16] [payments T17] tells scheduling when the money did not go back: the bank sent it back, or disputes the charge', async () => {
    const bounced = await bought(test, { card: 'pm_card_refundFail' });
    await giveBack(test, bounced);
    const asked = await lastAsked(test, bounced.organizationId);
    await test.deliver(bounced.organizationId, 'pass.revoked', asked);
    await test.work();
    test.clock.advance(60_000);
    await test.work();
    expect(await refundsOf(test, bounced.organizationId)).toEqual(['FAILED 12000 STAFF_DECISION']);
    expect(await test.published(bounced.organizationId, 'pass.refund_failed')).toEqual([asked]);
    await unharmed(bounced.organizationId);

    const disputed = await bought(test);
    const { organizationId, paymentId } = disputed;
    await giveBack(test, disputed);
    await test.database.transaction(organizationId, (tx) =>
      tx.query('UPDATE payment SET disputed_minor = captured_minor WHERE id = $1', [paymentId]),
    );
    const taken = await lastAsked(test, organizationId);
    await test.deliver(organizationId, 'pass.revoked', taken);
    await test.work();
    expect(await refundsOf(test, organizationId)).toEqual(['CANCELED 12000 STAFF_DECISION']);
    expect((await atProcessor(test, organizationId)).refunds).toEqual([]);
    expect(await test.published(organizationId, 'pass.refund_failed')).toEqual([taken]);
  });

  it('a part of the price is a courtesy: it goes at once, and the pass stays', async () => {
    const pass = await bought(test);
    const { organizationId } = pass;
    await giveBack(test, pass, 2000);
    expect(await test.published(organizationId, 'pass.refund_asked')).toEqual([]);
    // The rest leaves nothing of the price, so it takes the pass back.
    await giveBack(test, pass, 10_000);
    const asked = await lastAsked(test, organizationId);
    await test.deliver(organizationId, 'pass.revoked', asked);
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['PASS CAPTURED 0']);
    await unharmed(organizationId);
  });

  it('[ACC-04] takes two people where any refund does, and the front desk asks by the purchase', async () => {
    const pass = await bought(test);
    const { organizationId, purchaseId } = pass;
    await decide(test, organizationId, { secondApprovalAboveMinor: 1000, frontDeskRefundMaxMinor: 20_000 });
    const ASK = `mutation ($input: RequestRefundInput!) { requestRefund(input: $input) { __typename
      ... on RefundAwaitsApproval { request { id } } } }`;
    const input = { amountMinor: 12_000, reason: 'GOODWILL', idempotencyKey: randomUUID() };
    const desk = staffOf(organizationId, 'FRONT_DESK');
    for (const wrong of [{}, { bookingId: randomUUID(), passPurchaseId: purchaseId }]) {
      const { errors } = await test.ask(desk, ASK, { input: { ...input, ...wrong } });
      expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_INPUT' });
    }
    const { data } = await test.ask(desk, ASK, { input: { ...input, passPurchaseId: purchaseId } });
    const request = (data?.['requestRefund'] as { request: { id: string } } | undefined)?.request;
    const APPROVE = `mutation ($input: DecideRefundRequestInput!) { decideRefundRequest(input: $input) { __typename } }`;
    const authenticatedAt = Math.floor(test.clock().getTime() / 1000);
    const billing = { ...staffOf(organizationId, 'BILLING'), authenticatedAt };
    const decision = { input: { requestId: request?.id, approve: true } };
    expect((await test.ask(billing, APPROVE, decision)).data?.['decideRefundRequest']).toEqual({
      __typename: 'RefundRequestDecided',
    });
    expect((await atProcessor(test, organizationId)).refunds).toEqual([]);
    await test.deliver(organizationId, 'pass.revoked', await lastAsked(test, organizationId));
    await test.work();
    expect(await refundsOf(test, organizationId)).toEqual(['SUCCEEDED 12000 STAFF_DECISION']);
    await unharmed(organizationId);
  });

  it('waits where scheduling has not said yet whether the pass is there', async () => {
    const pass = await bought(test, { granted: false });
    expect(await giveBack(test, pass)).toMatchObject({ __typename: 'PaymentInProgress' });
    expect(await refundsOf(test, pass.organizationId)).toEqual([]);
  });
});
