import { randomUUID } from 'node:crypto';
import { signStatement } from '@kept/events';
import { generateKeyPairSync } from 'node:crypto';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { sweep } from '../sweeping/sweep.ts';
import { clientOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

const statusOf = async (organizationId: string): Promise<string[]> => {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ status: string }>('SELECT status FROM payment ORDER BY created_at'),
  );
  return rows.map(({ status }) => status);
};

describe('authorizing a deposit', () => {
  it('reserves what the signed quote says and tells scheduling in the same transaction', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client);
    const result = await test.authorize(client, { quote, paymentMethodId });
    expect(result).toMatchObject({
      __typename: 'DepositAuthorized',
      payment: { status: 'AUTHORIZED', amount: { amountMinor: 4500, currency: 'EUR' } },
    });
    expect(await test.published(organizationId, 'payment.authorized')).toEqual([
      {
        paymentId: result.payment?.id,
        bookingId: quote.bookingId,
        holdId: quote.holdId,
        clientId: client.accountId,
        amountMinor: 4500,
        currency: 'EUR',
      },
    ]);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('[payments T1] does it once for the same key sent five times at the same moment', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client);
    const request = { quote: test.quoteFor(client), paymentMethodId, idempotencyKey: randomUUID() };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => test.authorize(client, request)));
    for (const { __typename } of answers)
      expect(['DepositAuthorized', 'PaymentInProgress']).toContain(__typename);
    expect(new Set(answers.map(({ payment }) => payment?.id)).size).toBe(1);
    expect((await test.authorize(client, request)).__typename).toBe('DepositAuthorized');
    expect((await atProcessor(test, organizationId)).intents).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('makes one payment of two keys that race for the same deposit', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client);
    await Promise.all([1, 2, 3].map(() => test.authorize(client, { quote, paymentMethodId })));
    expect(await statusOf(organizationOf(client))).toEqual(['AUTHORIZED']);
  });

  it('[payments T2] refuses the same key for another amount and calls nobody', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    const idempotencyKey = randomUUID();
    const quote = test.quoteFor(client);
    await test.authorize(client, { quote, paymentMethodId, idempotencyKey });
    const other = { ...quote, amountMinor: 4600 };
    const again = await test.authorize(client, { quote: other, paymentMethodId, idempotencyKey });
    expect(again.__typename).toBe('IdempotencyConflict');
    expect((await atProcessor(test, organizationOf(client))).intents).toHaveLength(1);
  });

  it.each([
    ['T3', 'after it was done', { kind: 'drop_after', times: 2 }],
    ['T4', 'before it was sent', { kind: 'drop_before', times: 2 }],
    ['T6', 'by an error of the processor', { kind: 'answer_500', times: 1 }],
    ['T6', 'by an answer that is no answer', { kind: 'answer_422', times: 1 }],
  ])(
    '[payments %s] finds out what became of a call that was lost %s: one authorization',
    async (_id, _words, fault) => {
      const client = await test.newClient();
      const organizationId = organizationOf(client);
      const paymentMethodId = await test.addCard(client);
      await test.order({ ...fault, only: '/v1/payment_intents' });
      const request = { quote: test.quoteFor(client), paymentMethodId, idempotencyKey: randomUUID() };
      const lost = await test.authorize(client, request);
      expect(lost).toMatchObject({ __typename: 'PaymentInProgress', payment: { status: 'AUTHORIZING' } });
      expect(await test.published(organizationId, 'payment.authorized')).toEqual([]);
      test.clock.advance(15_000);
      await sweep(test.payments);
      expect((await test.authorize(client, request)).__typename).toBe('DepositAuthorized');
      expect((await atProcessor(test, organizationId)).intents).toHaveLength(1);
      expect(await test.published(organizationId, 'payment.authorized')).toHaveLength(1);
      expect(await brokenInvariants(test, organizationId)).toEqual([]);
    },
  );

  it('[payments T5] searches for an operation whose key the processor may have forgotten and sends nothing', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client);
    await test.order({ kind: 'webhook_lost', times: 99 });
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents' });
    await test.authorize(client, { quote: test.quoteFor(client), paymentMethodId });
    test.clock.advance(25 * 3_600_000);
    const before = await test.atProcessor<{ method: string }[]>('/simulator/requests');
    await sweep(test.payments);
    const after = await test.atProcessor<{ method: string; path: string }[]>('/simulator/requests');
    expect(after.slice(before.length).filter(({ method }) => method === 'POST')).toEqual([]);
    expect(await statusOf(organizationId)).toEqual(['AUTHORIZED']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('lets an operation fail that never arrived and is too old to be sent again', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    await test.order({ kind: 'drop_before', times: 2, only: '/v1/payment_intents' });
    await test.authorize(client, { quote: test.quoteFor(client), paymentMethodId });
    test.clock.advance(25 * 3_600_000);
    await sweep(test.payments);
    expect(await statusOf(organizationOf(client))).toEqual(['FAILED']);
    expect((await atProcessor(test, organizationOf(client))).intents).toEqual([]);
  });

  it('says the same about every declined card, and takes another card for the same quote', async () => {
    const client = await test.newClient();
    const declining = await test.addCard(client, 'pm_card_chargeCustomerFail');
    const quote = test.quoteFor(client);
    const declined = await test.authorize(client, { quote, paymentMethodId: declining });
    expect(declined).toEqual({
      __typename: 'PaymentDeclined',
      message: 'The payment was declined. Please try another payment method.',
    });
    expect(await test.published(organizationOf(client), 'payment.failed')).toHaveLength(1);
    const working = await test.addCard(client);
    const second = await test.authorize(client, { quote, paymentMethodId: working });
    expect(second.__typename).toBe('DepositAuthorized');
    expect(await brokenInvariants(test, organizationOf(client))).toEqual([]);
  });

  it('hands the secret to a payer who must authenticate once, and is authorized by the answer', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client, 'pm_card_authenticationRequired');
    const request = { quote: test.quoteFor(client), paymentMethodId, idempotencyKey: randomUUID() };
    const waiting = await test.authorize(client, request);
    expect(waiting).toMatchObject({
      __typename: 'PaymentRequiresAction',
      payment: { status: 'REQUIRES_ACTION' },
    });
    expect(waiting.clientSecret).toMatch(/^pi_[a-z]+_secret_/);
    expect((await test.authorize(client, request)).clientSecret).toBeNull();
    const intent = (await atProcessor(test, organizationId)).intents[0];
    await test.atProcessor(`/simulator/payment_intents/${intent?.id}/authenticate`, 'outcome=success');
    await expectEventually(async () => (await statusOf(organizationId))[0] === 'AUTHORIZED');
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('calls off a payment whose payer did not authenticate while the quote stood', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client, 'pm_card_authenticationRequired');
    await test.authorize(client, { quote: test.quoteFor(client), paymentMethodId });
    test.clock.advance(16 * 60_000);
    await test.work();
    expect(await statusOf(organizationId)).toEqual(['ABANDONED']);
    expect((await atProcessor(test, organizationId)).intents[0]?.status).toBe('canceled');
  });

  it('waits longer for a payer whose slot is kept longer, and no shorter when an older quote comes late', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client, 'pm_card_authenticationRequired');
    const first = test.quoteFor(client);
    await test.authorize(client, { quote: first, paymentMethodId });
    test.clock.advance(14 * 60_000);
    const expiresAt = new Date(test.clock().getTime() + 15 * 60_000).toISOString();
    const longer = await test.authorize(client, { quote: { ...first, expiresAt }, paymentMethodId });
    expect(longer).toMatchObject({ payment: { status: 'REQUIRES_ACTION' } });
    await test.authorize(client, { quote: first, paymentMethodId });
    test.clock.advance(2 * 60_000);
    await test.work();
    expect(await statusOf(organizationId)).toEqual(['REQUIRES_ACTION']);
    test.clock.advance(14 * 60_000);
    await test.work();
    expect(await statusOf(organizationId)).toEqual(['ABANDONED']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

describe('a quote', () => {
  it('is refused when expired, altered, signed by another key, or of another client or organization', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client);
    const signed = test.signQuote(quote);
    const [payload = '', signature = ''] = signed.split('.');
    const cheaper = Buffer.from(JSON.stringify({ ...quote, amountMinor: 1 })).toString('base64url');
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const someoneElse = clientOf(organizationOf(client));
    const elsewhere = await test.newClient();
    const refusals: [string, string][] = [
      [`${cheaper}.${signature}`, 'INVALID'],
      [payload, 'INVALID'],
      ['', 'INVALID'],
      [signStatement('kept/quote/v1', quote, stranger), 'INVALID'],
      [test.signQuote(test.quoteFor(someoneElse)), 'INVALID'],
      [test.signQuote({ ...quote, organizationId: organizationOf(elsewhere) }), 'INVALID'],
      [test.signQuote(test.quoteFor(client, { expiresAt: test.clock().toISOString() })), 'EXPIRED'],
      [test.signQuote(test.quoteFor(client, { currency: 'ISK' })), 'CURRENCY_NOT_SUPPORTED'],
      [
        test.signQuote(test.quoteFor(client, { currency: 'KWD', amountMinor: 1005 })),
        'CURRENCY_NOT_SUPPORTED',
      ],
    ];
    for (const [text, reason] of refusals) {
      const answer = await test.authorize(client, { quote: text, paymentMethodId });
      expect(answer).toMatchObject({ __typename: 'QuoteRefused', reason });
    }
    expect(await statusOf(organizationOf(client))).toEqual([]);
    expect((await atProcessor(test, organizationOf(client))).intents).toEqual([]);
  });

  it("cannot be paid with somebody else's payment method: there is none such", async () => {
    const client = await test.newClient();
    const neighbour = clientOf(organizationOf(client));
    const theirs = await test.addCard(neighbour);
    const pay = test.authorize(client, { quote: test.quoteFor(client), paymentMethodId: theirs });
    await expect(pay).rejects.toThrow('NOT_FOUND');
  });
});

async function expectEventually(check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error('not within five seconds');
    await test.work();
  }
}
