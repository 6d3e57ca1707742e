import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from '@kept/passport';
import { buildSchema, isInputObjectType } from 'graphql';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

// An amount that is none (below zero, half a cent, more than a number holds) is a debt turned round, a rounding that somebody
// keeps, or another amount than the one that was checked. It is refused before anybody is asked and anything is written;
// so is a quote of scheduling's that says one, and a quote that was used already buys nothing twice.
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const schema = buildSchema(
  readFileSync(join(import.meta.dirname, '../../../../docs/graph/schema.graphql'), 'utf8'),
  { assumeValid: true },
);
const CHANGES = {
  RefundPaymentInput:
    'mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }',
  RequestRefundInput:
    'mutation ($input: RequestRefundInput!) { requestRefund(input: $input) { __typename } }',
  PayBalanceInput: 'mutation ($input: PayBalanceInput!) { payBalance(input: $input) { __typename } }',
  DiscountBookingInput:
    'mutation ($input: DiscountBookingInput!) { discountBooking(input: $input) { __typename } }',
  SetPaymentPolicyInput:
    'mutation ($input: SetPaymentPolicyInput!) { setPaymentPolicy(input: $input) { __typename } }',
} as const;
/** Inputs with amounts that other services take. */
const ELSEWHERE = /Service|Variant|AddOn|Product|Pass|Fee(Input|Policy)/;

const BAD: readonly (readonly [string, unknown])[] = [
  ['below zero', -1],
  ['half of the smallest unit', 0.5],
  ['more than a number holds', 2 ** 53],
  ['without end', 1e300],
  ['no number', '10; DROP TABLE payment'],
];
const AMOUNTS_WITH_ZERO = ['RefundPaymentInput', 'RequestRefundInput'] as const;

const asked = async () =>
  (await test.atProcessor<{ method: string }[]>('/simulator/requests')).filter(
    ({ method }) => method === 'POST',
  ).length;
const TABLES = [
  'payment',
  'payment_op',
  'refund',
  'refund_request',
  'payment_policy',
  'ledger_entry',
  'outbox',
];
const written = (organizationId: string) =>
  test.database.transaction(organizationId, async (tx) => {
    const counts: number[] = [];
    for (const table of TABLES) counts.push((await tx.query(`SELECT FROM ${table}`)).length);
    return counts;
  });

async function paid() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client);
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  const confirmed = { ...newsOf(quote).confirmed, priceMinor: 9000, currency: 'EUR' };
  await test.deliver(organizationId, 'booking.confirmed', confirmed);
  const paymentId = payment?.id ?? '';
  await settlePayment(test.payments, { organizationId, paymentId });
  const fresh = (caller: Caller): Caller => ({ ...caller, authenticatedAt: test.clock().getTime() / 1000 });
  const given: Record<keyof typeof CHANGES, { caller: Caller; input: object }> = {
    RefundPaymentInput: {
      caller: fresh(staffOf(organizationId, 'BILLING')),
      input: { paymentId, reason: 'GOODWILL' },
    },
    RequestRefundInput: {
      caller: fresh(staffOf(organizationId, 'FRONT_DESK')),
      input: { bookingId: quote.bookingId, reason: 'GOODWILL' },
    },
    PayBalanceInput: { caller: client, input: { bookingId: quote.bookingId, paymentMethodId } },
    DiscountBookingInput: {
      caller: fresh(staffOf(organizationId, 'BILLING')),
      input: { bookingId: quote.bookingId, reason: 'GOODWILL' },
    },
    SetPaymentPolicyInput: { caller: fresh(staffOf(organizationId, 'MANAGER')), input: {} },
  };
  return { client, organizationId, paymentId, paymentMethodId, quote, given };
}

const fieldsOf = (input: string): string[] => {
  const type = schema.getType(input);
  if (!isInputObjectType(type)) throw new Error(`${input} is no input`);
  return Object.values(type.getFields())
    .filter((field) => /MinorUnits/.test(String(field.type)))
    .map(({ name }) => name);
};

it('every input of payments that takes an amount is one of those below', () => {
  const inputs = Object.values(schema.getTypeMap()).filter((type) => isInputObjectType(type));
  const withAmounts = inputs.map(({ name }) => name).filter((name) => fieldsOf(name).length > 0);
  expect(withAmounts).toEqual(expect.arrayContaining(Object.keys(CHANGES)));
  expect(withAmounts.filter((name) => !(name in CHANGES) && !ELSEWHERE.test(name))).toEqual([]);
});

it('an amount that is none is refused in every input, with no word to the processor and nothing written', async () => {
  const { organizationId, given } = await paid();
  const before = [await written(organizationId), await asked()];
  for (const [name, change] of Object.entries(CHANGES)) {
    const key = name as keyof typeof CHANGES;
    const { caller, input } = given[key];
    const hasZero = AMOUNTS_WITH_ZERO.some((other) => other === key);
    for (const field of fieldsOf(name)) {
      for (const [what, amount] of hasZero ? [...BAD, ['nothing', 0] as const] : BAD) {
        const variables = { input: { ...input, [field]: amount, idempotencyKey: randomUUID() } };
        const { data, errors } = await test.ask(caller, change, variables);
        expect([name, field, what, data ?? null, errors[0]?.extensions?.code]).toEqual([
          name,
          field,
          what,
          null,
          'BAD_INPUT',
        ]);
      }
    }
  }
  expect([await written(organizationId), await asked()]).toEqual(before);
});

it('a signed quote with an amount or a currency that is none buys nothing', async () => {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client);
  const before = [await written(organizationId), await asked()];
  const quote = test.quoteFor(client);
  const bad = [
    ...[...BAD.map(([, amount]) => amount), 0, null].map((amountMinor) => ({ amountMinor })),
    ...['eur', 'EURO', '', 'E R', null].map((currency) => ({ currency })),
  ];
  for (const change of bad) {
    const altered = test.signQuote({ ...quote, ...(change as object) });
    const answer = await test.authorize(client, { quote: altered, paymentMethodId });
    expect([change, answer.__typename, answer.reason]).toEqual([change, 'QuoteRefused', 'INVALID']);
  }
  // A currency that the processor's own pages contradict each other about, or that nobody has.
  for (const currency of ['UGX', 'ISK', 'XXX']) {
    const answer = await test.authorize(client, { quote: { ...quote, currency }, paymentMethodId });
    expect([currency, answer.reason]).toEqual([currency, 'CURRENCY_NOT_SUPPORTED']);
  }
  expect([await written(organizationId), await asked()]).toEqual(before);
});

it('[payments T2] a quote that was used buys nothing twice: under another key it is the same payment, and none once it is over', async () => {
  const { client, organizationId, paymentId, quote, paymentMethodId } = await paid();
  const other = await test.addCard(client, 'pm_card_mastercard');
  const before = await asked();
  for (const card of [paymentMethodId, other]) {
    const again = await test.authorize(client, { quote, paymentMethodId: card });
    expect(again).toMatchObject({ payment: { id: paymentId } });
  }
  await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(0));
  const late = await test.authorize(client, { quote, paymentMethodId });
  expect(late).toMatchObject({ __typename: 'QuoteRefused', reason: 'EXPIRED' });
  expect(await asked()).toBe(before);
  const payments = await test.database.transaction(organizationId, (tx) => tx.query('SELECT FROM payment'));
  expect(payments).toHaveLength(1);
});
