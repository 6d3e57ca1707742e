import { randomUUID } from 'node:crypto';
import { openPaymentsForTests, organizationOf, staffOf, type UnderTest } from '../payments-for-tests.ts';

// The hole this keeps closed: an id that is none reaches PostgreSQL, which calls it an error; the caller hears "our mistake",
// and whoever likes fills the log with errors. What names nothing is not found, and nothing is begun.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const NO_IDS = ['', 'x', `${randomUUID()}0`, '\u0000', "' OR 1=1 --"];

describe.each(NO_IDS)('[identity A44] the id %j', (id) => {
  const input = (more: object) => ({ input: { idempotencyKey: randomUUID(), ...more } });
  it('is no payment method to remove or to pay with', async () => {
    const client = await test.newClient();
    const removed = await test.ask(
      client,
      'mutation ($input: RemovePaymentMethodInput!) { removePaymentMethod(input: $input) { __typename } }',
      input({ paymentMethodId: id }),
    );
    expect(removed.errors[0]?.extensions?.code).toBe('NOT_FOUND');
    const quote = test.signQuote(test.quoteFor(client));
    const paid = await test.ask(
      client,
      'mutation ($input: AuthorizeDepositInput!) { authorizeDeposit(input: $input) { __typename } }',
      input({ quote, paymentMethodId: id }),
    );
    expect(paid.errors[0]?.extensions?.code).toBe('NOT_FOUND');
  });

  it('is no payment to refund', async () => {
    const billing = staffOf(organizationOf(await test.newClient()), 'BILLING');
    const { errors } = await test.ask(
      billing,
      'mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }',
      input({ paymentId: id, amountMinor: 100, reason: 'GOODWILL' }),
    );
    expect(errors[0]?.extensions?.code).toBe('NOT_FOUND');
  });
});

it.each([
  ['a day that does not exist', '2027-02-30T10:00:00.000Z', randomUUID()],
  ['the year nought', '0000-01-01T10:00:00.000Z', randomUUID()],
  ['an id that is none', '2027-02-03T10:00:00.000Z', '-'.repeat(36)],
])('a cursor of the ledger with %s is refused', async (_what, createdAt, id) => {
  const billing = staffOf(organizationOf(await test.newClient()), 'BILLING');
  const after = Buffer.from(`${createdAt} ${id}`).toString('base64url');
  const query = 'query ($after: String) { ledger(after: $after) { endCursor } }';
  const { errors } = await test.ask(billing, query, { after });
  expect(errors[0]?.extensions?.code).toBe('BAD_INPUT');
});
