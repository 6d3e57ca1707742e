/**
 * The holes this keeps closed: a pass for a quote that nobody made to this caller, or that was made for something else or
 * for less; and the money of a pass given back while the pass can still be used.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { signStatement } from '@kept/events';
import { Payment } from '../payments/payment.ts';
import { clientOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { bought, buy, giveBack, lastAsked, passQuoteFor } from './passes-for-tests.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

it('refuses a quote that is foreign, altered, of another purpose, expired or none, and takes nothing', async () => {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client);
  const quote = passQuoteFor(test, client);
  const sign = (said: object, key = test.quoteKey) => signStatement('kept/quote/v1', said, key);
  const signed = sign(quote);
  const [body = '', signature = ''] = signed.split('.');
  const cheaper = Buffer.from(JSON.stringify({ ...quote, amountMinor: 1 })).toString('base64url');
  const { privateKey } = generateKeyPairSync('ed25519');
  const colleague = clientOf(organizationId);
  const invalid = [
    'nonsense',
    `${cheaper}.${signature}`,
    `${body}.${signature.slice(0, -4)}AAAA`,
    sign(quote, privateKey),
    signStatement('kept/other/v1', quote, test.quoteKey),
    sign({ ...quote, clientId: colleague.accountId }),
    sign({ ...quote, organizationId: randomUUID() }),
    sign({ ...quote, credits: 1000 }),
    sign({ ...quote, amountMinor: 0 }),
    // A slot's quote buys no pass.
    test.signQuote(test.quoteFor(client)),
  ];
  for (const text of invalid) {
    const answer = await buy(test, client, { quote: text, paymentMethodId });
    expect([text, answer.__typename, answer.reason]).toEqual([text, 'QuoteRefused', 'INVALID']);
  }
  // And a pass's quote gets no slot.
  expect(await test.authorize(client, { quote: signed, paymentMethodId })).toMatchObject({
    reason: 'INVALID',
  });
  const expired = passQuoteFor(test, client, { expiresAt: test.clock().toISOString() });
  expect(await buy(test, client, { quote: expired, paymentMethodId })).toMatchObject({ reason: 'EXPIRED' });
  expect(
    await test.database.transaction(organizationId, (tx) => tx.manager.countBy(Payment, { organizationId })),
  ).toBe(0);
  // Neither does somebody else's card pay for it.
  const other = await test.addCard(await test.newClient());
  await expect(buy(test, client, { quote, paymentMethodId: other })).rejects.toThrow('NOT_FOUND');
});

it('keeps in PostgreSQL that nothing leaves for a pass that can be used: not by a refund that forgot to ask', async () => {
  const pass = await bought(test);
  const { organizationId, paymentId } = pass;
  await giveBack(test, pass);
  const { refundId, purchaseId } = await lastAsked(test, organizationId);
  const send = () =>
    test.database.transaction(organizationId, (tx) =>
      tx.query(
        `INSERT INTO payment_op (id, organization_id, payment_id, refund_id, kind, attempt, amount_minor, state,
           next_check_at, checks, created_at)
         VALUES ($1, $2, $3, $4, 'REFUND', 1, 12000, 'REQUESTED', 'infinity', 0, $5)`,
        [randomUUID(), organizationId, paymentId, refundId, test.clock()],
      ),
    );
  const constraint = 'no_money_back_for_a_good_pass';
  await expect(send()).rejects.toMatchObject({ driverError: { constraint } });
  await test.deliver(organizationId, 'pass.revoked', { purchaseId, refundId });
  await expect(send()).resolves.toBeDefined();
});
