import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { brokenInvariants } from '../ledger/invariants-for-tests.ts';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

// One person of billing gives a friend's money back, and their own, and approves it themselves, gives it back in small parts, or
// lifts the limit for an hour; the front desk gives back what it likes; two colleagues approve the same request at once.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename
  ... on RefundAwaitsApproval { request { id status } } ... on RefundRefused { reason } } }`;
const REQUEST = `mutation ($input: RequestRefundInput!) { requestRefund(input: $input) { __typename
  ... on RefundAwaitsApproval { request { id status amount { amountMinor } } } ... on RefundRefused { reason message } } }`;
const DECIDE = `mutation ($input: DecideRefundRequestInput!) { decideRefundRequest(input: $input) { __typename
  ... on RefundRequestDecided { request { status decidedBy } } ... on RefundRequestRefused { reason message } } }`;
const POLICY = `mutation ($input: SetPaymentPolicyInput!) { setPaymentPolicy(input: $input) { __typename } }`;
const REQUESTS = `{ refundRequests { requests { id amount { amountMinor } payment { id } } } }`;

/** A deposit of 45.00 that was taken; the front desk may ask for 20.00, and one person gives back 30.00 at most. */
async function paid() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId: await test.addCard(client) });
  const paymentId = payment?.id ?? '';
  await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
  await settlePayment(test.payments, { organizationId, paymentId });
  await test.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO payment_policy (organization_id, version, capture, far_ahead, on_unpaid, front_desk_refund_max_minor,
         second_approval_above_minor, grace_minutes, tax_basis_points, prices_include_tax, decided_by, decided_at)
       VALUES ($1, 1, 'AT_CONFIRMATION', 'DEPOSIT_NOW', 'KEEP', 2000, 3000, 60, 0, true, $2, $3)`,
      [organizationId, randomUUID(), test.clock()],
    ),
  );
  const staff = (role: 'BILLING' | 'FRONT_DESK') => staffOf(organizationId, role);
  return {
    organizationId,
    paymentId,
    quote,
    first: staff('BILLING'),
    second: staff('BILLING'),
    desk: staff('FRONT_DESK'),
  };
}
type Paid = Awaited<ReturnType<typeof paid>>;
interface Answer {
  __typename: string;
  reason?: string;
  request?: { id: string; status: string };
}

async function ask(caller: Caller, query: string, input: object): Promise<Answer> {
  const { data, errors } = await test.ask(caller, query, { input });
  const answer = Object.values(data ?? {})[0] as Answer | null | undefined;
  return answer ?? { __typename: String(errors[0]?.extensions?.code) };
}
const refund = (caller: Caller, { paymentId }: Paid, [amountMinor, key = randomUUID()]: [number, string?]) =>
  ask(caller, REFUND, { paymentId, amountMinor, reason: 'GOODWILL', idempotencyKey: key });
const request = (caller: Caller, { quote }: Paid, amountMinor: number) =>
  ask(caller, REQUEST, {
    bookingId: quote.bookingId,
    amountMinor,
    reason: 'GOODWILL',
    idempotencyKey: randomUUID(),
  });
const decide = (caller: Caller, requestId: string | undefined, approve = true) =>
  ask(caller, DECIDE, { requestId, approve });

it('a refund above the limit waits for a second person, who is never the first', async () => {
  const payment = await paid();
  const key = randomUUID();
  const asked = await refund(payment.first, payment, [3001, key]);
  expect(asked).toMatchObject({ __typename: 'RefundAwaitsApproval', request: { status: 'WAITING' } });
  expect(await refund(payment.first, payment, [3001, key])).toEqual(asked);
  expect(await refund(payment.second, payment, [3002])).toMatchObject({ reason: 'ALREADY_REQUESTED' });
  expect(await decide(payment.first, asked.request?.id)).toMatchObject({ reason: 'OWN_REQUEST' });
  expect(await decide(payment.desk, asked.request?.id)).not.toHaveProperty('request');
  const approvals = await Promise.all([1, 2].map(() => decide(payment.second, asked.request?.id)));
  expect(approvals.map((answer) => answer.__typename)).toEqual([
    'RefundRequestDecided',
    'RefundRequestDecided',
  ]);
  const refunds = await test.database.transaction(payment.organizationId, (tx) =>
    tx.query('SELECT amount_minor::int AS amount, approved_by, requested_by FROM refund'),
  );
  expect(refunds).toEqual([
    { amount: 3001, approved_by: payment.second.accountId, requested_by: payment.first.accountId },
  ]);
  expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
});

it('[payments T31] a large refund in parts is a large refund: all that one person gave back alone counts together', async () => {
  const payment = await paid();
  const asked = await Promise.all([1500, 1500, 1500].map((part) => refund(payment.first, payment, [part])));
  // Of those that met another one on its way, some are asked for again.
  for (const part of [1500, 1500, 1500]) asked.push(await refund(payment.first, payment, [part]));
  const kinds = asked.map(({ __typename }) => __typename);
  expect(kinds.filter((kind) => kind === 'RefundRequested')).toHaveLength(2);
  expect(kinds).toContain('RefundAwaitsApproval');
  // Nor does a colleague add to it alone.
  expect(await refund(payment.second, payment, [100])).toMatchObject({ reason: 'ALREADY_REQUESTED' });
  expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
});

it('[payments T31] whoever lifts the limit is bound by the one before it for a week, and a colleague is not', async () => {
  const payment = await paid();
  const manager = staffOf(payment.organizationId, 'MANAGER', 'BILLING');
  const lift = await test.ask(manager, POLICY, {
    input: { secondApprovalAboveMinor: null, idempotencyKey: randomUUID() },
  });
  expect(lift.errors).toEqual([]);
  expect(await refund(manager, payment, [3001])).toMatchObject({ __typename: 'RefundAwaitsApproval' });
  expect(await refund(payment.first, payment, [3002])).toMatchObject({ __typename: 'RefundRequested' });
  const before = test.clock().getTime();
  test.clock.advance(8 * 24 * 3_600_000);
  const later = { ...manager, authenticatedAt: Math.floor(test.clock().getTime() / 1000) };
  expect(await refund(later, payment, [1400])).toMatchObject({ __typename: 'RefundRequested' });
  test.clock.advance(before - test.clock().getTime());
});

it('code that forgets to ask is refused by PostgreSQL, and so is a person who approves their own', async () => {
  const { organizationId, paymentId, first } = await paid();
  const insert = (amountMinor: number, approvedBy: string | null) =>
    test.database.transaction(organizationId, (tx) =>
      tx.query(
        `INSERT INTO refund (id, organization_id, payment_id, client_id, amount_minor, cause, reason, requested_by, approved_by,
           status, created_at) VALUES ($1, $2, $3, $1, $4, 'STAFF_DECISION', 'GOODWILL', $5, $6, 'REQUESTED', $7)`,
        [randomUUID(), organizationId, paymentId, amountMinor, first.accountId, approvedBy, test.clock()],
      ),
    );
  await expect(insert(3001, null)).rejects.toMatchObject({ constraint: 'large_refund_takes_two_people' });
  await expect(insert(3001, first.accountId)).rejects.toMatchObject({
    constraint: 'nobody_approves_their_own_refund',
  });
  await expect(insert(3000, null)).resolves.toEqual([]);
  await expect(insert(1, null)).rejects.toMatchObject({ constraint: 'large_refund_takes_two_people' });
});

it('[ACC-04] the front desk asks for a part within its limit and sees no payment; billing decides', async () => {
  const payment = await paid();
  expect(await request(payment.desk, payment, 2001)).toMatchObject({ reason: 'ABOVE_LIMIT' });
  const asked = await request(payment.desk, payment, 1500);
  expect(asked).toMatchObject({ request: { status: 'WAITING' } });
  expect((await test.ask(payment.desk, REQUESTS)).data).toEqual({ refundRequests: null });
  const listed = await test.ask(payment.first, REQUESTS);
  expect(listed.data).toMatchObject({
    refundRequests: { requests: [{ id: asked.request?.id, payment: { id: payment.paymentId } }] },
  });
  expect(await decide(payment.first, asked.request?.id, false)).toMatchObject({
    request: { status: 'DECLINED' },
  });
  expect(await decide(payment.second, asked.request?.id)).toMatchObject({ reason: 'DECIDED' });
  expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
});

it('a request that nobody decided in two weeks is over, and another organization never sees it', async () => {
  const payment = await paid();
  const asked = await request(payment.desk, payment, 1500);
  const elsewhere = staffOf(organizationOf(await test.newClient()), 'BILLING');
  expect(await decide(elsewhere, asked.request?.id)).toMatchObject({ __typename: 'NOT_FOUND' });
  const before = test.clock().getTime();
  test.clock.advance(14 * 24 * 3_600_000);
  const late = { ...payment.first, authenticatedAt: Math.floor(test.clock().getTime() / 1000) };
  expect(await decide(late, asked.request?.id)).toMatchObject({ reason: 'EXPIRED' });
  test.clock.advance(before - test.clock().getTime());
});
