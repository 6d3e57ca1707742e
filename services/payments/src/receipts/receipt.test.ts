import { randomUUID } from 'node:crypto';
import { balancesOf, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

// A receipt says what an amount consists of, once and for all; the books owe the state exactly the tax in it.
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const LINES = `query ($id: ID!) { payment(id: $id) { lines { kind amount { amountMinor } taxBasisPoints } } }`;
const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }`;

/** A deposit of 45.00 taken by a business whose prices contain 19 % tax. */
async function taxed() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const inside = <Row>(sql: string, parameters: unknown[] = []) =>
    test.database.transaction(organizationId, (tx) => tx.query<Row>(sql, parameters));
  await inside(
    `INSERT INTO payment_policy (organization_id, version, capture, far_ahead, on_unpaid, grace_minutes, tax_basis_points,
       prices_include_tax, decided_by, decided_at)
     VALUES ($1, 1, 'AT_CONFIRMATION', 'DEPOSIT_NOW', 'KEEP', 60, 1900, true, $1, $2)`,
    [organizationId, test.clock()],
  );
  const paymentMethodId = await test.addCard(client);
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  const paymentId = payment?.id ?? '';
  const settle = () => settlePayment(test.payments, { organizationId, paymentId });
  await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
  await settle();
  return { client, organizationId, paymentId, quote, settle, inside };
}

it('[PAY-05] says the tax, in the graph and in the letter, and is the client’s own', async () => {
  const { client, organizationId, paymentId } = await taxed();
  const read = async (caller: typeof client) =>
    (await test.ask(caller, LINES, { id: paymentId })).data?.['payment'];
  expect(await read(client)).toEqual({
    lines: [
      { kind: 'ITEM', amount: { amountMinor: 3782 }, taxBasisPoints: null },
      { kind: 'TAX', amount: { amountMinor: 718 }, taxBasisPoints: 1900 },
    ],
  });
  expect(await read(await test.newClient())).toBeNull();
  const [letter] = await test.published(organizationId, 'message.requested');
  expect(letter).toMatchObject({
    template: 'payment-captured',
    parameters: { amountMinor: '4500', taxMinor: '718' },
  });
});

it('owes the tax once the appointment is over, and no more of it than was not given back', async () => {
  const { organizationId, paymentId, quote, settle } = await taxed();
  await test.deliver(organizationId, 'booking.completed', newsOf(quote).completed);
  await settle();
  expect(await balancesOf(test, organizationId)).toMatchObject({
    'revenue:service': 718 - 4500,
    'liability:tax': -718,
    'liability:deferred_revenue': 0,
  });
  const billing = { ...staffOf(organizationId, 'BILLING'), authenticatedAt: test.clock().getTime() / 1000 };
  for (const amountMinor of [1000, 1234, 2266]) {
    const input = { paymentId, amountMinor, reason: 'GOODWILL', idempotencyKey: randomUUID() };
    const { data } = await test.ask(billing, REFUND, { input });
    expect(data?.['refundPayment']).toEqual({ __typename: 'RefundRequested' });
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  }
  expect(await balancesOf(test, organizationId)).toMatchObject({
    'liability:tax': 0,
    'contra:refunds': 4500 - 718,
  });
});

it('cannot be changed or made to say another sum, whatever the code believes', async () => {
  const { inside } = await taxed();
  await expect(inside('UPDATE payment_line SET amount_minor = 1')).rejects.toThrow('does not change');
  const add = inside(
    `INSERT INTO payment_line SELECT gen_random_uuid(), organization_id, payment_id, 'TIP', 500, NULL, created_at
     FROM payment_line WHERE kind = 'ITEM'`,
  );
  await expect(add).rejects.toThrow('are not what was taken');
});
