import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { balancesOf, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import type { Quote } from '../payments/read-quote.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename
  ... on RefundRequested { refund { id status cause amount { amountMinor } }
    payment { refunded { amountMinor } refundPending { amountMinor } } }
  ... on RefundRefused { reason } ... on PaymentInProgress { payment { id } } } }`;

interface Captured {
  billing: Caller;
  client: Caller;
  organizationId: string;
  paymentId: string;
  quote: Quote;
}

async function captured(token = 'pm_card_visa'): Promise<Captured> {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client, token);
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  const paymentId = payment?.id ?? '';
  await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
  await settlePayment(test.payments, { organizationId, paymentId });
  return { billing: staffOf(organizationId, 'BILLING'), client, organizationId, paymentId, quote };
}

/** What the processor owes of what was taken and not given back; its own fee aside, which it keeps either way. */
async function owedBy(organizationId: string): Promise<number> {
  const balances = await balancesOf(test, organizationId);
  return (balances['asset:processor_receivable'] ?? 0) + (balances['expense:processor_fees'] ?? 0);
}

async function refund(
  { billing, paymentId }: Captured,
  amountMinor: number,
  idempotencyKey: string = randomUUID(),
) {
  const input = { paymentId, amountMinor, reason: 'GOODWILL', idempotencyKey };
  const { data, errors } = await test.ask(billing, REFUND, { input });
  return { result: data?.['refundPayment'] as Record<string, unknown> | undefined, errors };
}

it('[SES-06] asks for a recent second factor before money goes out, wherever the request comes from', async () => {
  const paid = await captured();
  const anHourAgo = Math.floor(test.payments.clock().getTime() / 1000) - 3_600;
  const billing: Caller = { ...paid.billing, authenticatedAt: anHourAgo, networkAddress: '127.0.0.1' };
  const input = {
    paymentId: paid.paymentId,
    amountMinor: 500,
    reason: 'GOODWILL',
    idempotencyKey: randomUUID(),
  };
  const { errors } = await test.ask(billing, REFUND, { input });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'STEP_UP_REQUIRED', maxAgeSeconds: '600' });
});

describe('a refund by staff', () => {
  it('gives back a part, once per key, and is told once', async () => {
    const payment = await captured();
    const key = randomUUID();
    const first = await refund(payment, 1500, key);
    expect(first.result).toMatchObject({
      __typename: 'RefundRequested',
      refund: { status: 'SUCCEEDED', cause: 'STAFF_DECISION', amount: { amountMinor: 1500 } },
      payment: { refunded: { amountMinor: 1500 }, refundPending: { amountMinor: 0 } },
    });
    expect((await refund(payment, 1500, key)).result).toEqual(first.result);
    expect((await refund(payment, 1600, key)).result).toEqual({ __typename: 'IdempotencyConflict' });
    expect(await test.published(payment.organizationId, 'payment.refunded')).toHaveLength(1);
    expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
  });

  it('[payments T15] never gives back more than was taken, however many ask at once', async () => {
    const payment = await captured();
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => refund(payment, 2000)));
    // Those that met an open operation were told so; asking again finds what is left.
    await refund(payment, 2000);
    await refund(payment, 2000);
    const { result } = await refund(payment, 2000);
    expect(result).toEqual({ __typename: 'RefundRefused', reason: 'AMOUNT_TOO_LARGE' });
    const refunded = 4500 - (await owedBy(payment.organizationId));
    expect(refunded).toBe(4000);
    expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
  });

  it('[payments T16] is shown as pending until it arrives, and can be made again when the bank sends it back', async () => {
    const payment = await captured('pm_card_pendingRefund');
    const { organizationId } = payment;
    const first = await refund(payment, 4500);
    expect(first.result).toMatchObject({
      refund: { status: 'PENDING' },
      payment: { refunded: { amountMinor: 0 }, refundPending: { amountMinor: 4500 } },
    });
    expect(await test.published(organizationId, 'payment.refunded')).toEqual([]);
    expect((await refund(payment, 1)).result).toMatchObject({ reason: 'AMOUNT_TOO_LARGE' });
    const settle = async (outcome: string) => {
      const listed = await test.atProcessor<{ data: { id: string; metadata: { payment_id: string } }[] }>(
        '/v1/refunds?limit=1000',
      );
      const ours = listed.data.find(({ metadata }) => metadata.payment_id === payment.paymentId);
      await test.atProcessor(`/simulator/refunds/${ours?.id}/settle`, `outcome=${outcome}`);
    };
    await settle('success');
    await until(async () => (await test.published(organizationId, 'payment.refunded')).length === 1);
    expect((await balancesOf(test, organizationId))['liability:refund_pending']).toBe(0);
    await settle('failure');
    await until(async () => (await owedBy(organizationId)) === 4500);
    expect(await balancesOf(test, organizationId)).toMatchObject({
      'contra:refunds': 0,
      'liability:refund_pending': 0,
    });
    expect((await refund(payment, 100)).result).toMatchObject({ __typename: 'RefundRequested' });
    const messages = await test.published(organizationId, 'message.requested');
    for (const told of ['payment-refunded', 'payment-refund-failed'])
      expect(messages.filter(({ template }) => template === told)).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('[payments T17] is refused while the bank disputes the charge', async () => {
    const payment = await captured('pm_card_createDispute');
    await until(async () => {
      const rows = await test.database.transaction(payment.organizationId, (tx) =>
        tx.query('SELECT FROM payment WHERE disputed_minor = captured_minor AND id = $1', [
          payment.paymentId,
        ]),
      );
      return rows.length === 1;
    });
    expect((await refund(payment, 100)).result).toMatchObject({ reason: 'DISPUTED' });
  });

  it('that was lost on its way is found and made once', async () => {
    const payment = await captured();
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/refunds' });
    const lost = await refund(payment, 4500);
    expect(lost.result).toMatchObject({ refund: { status: 'REQUESTED' } });
    test.clock.advance(15_000);
    await test.work();
    expect(await owedBy(payment.organizationId)).toBe(0);
    expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
  });

  it('that met another step of the payment is made when it is asked for again with the same key', async () => {
    const payment = await captured();
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/refunds' });
    await refund(payment, 1000);
    const key = randomUUID();
    expect((await refund(payment, 500, key)).result).toMatchObject({ __typename: 'PaymentInProgress' });
    test.clock.advance(15_000);
    await test.work();
    expect((await refund(payment, 500, key)).result).toMatchObject({
      __typename: 'RefundRequested',
      payment: { refunded: { amountMinor: 1500 } },
    });
    expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
  });

  it('that covered a cancellation and comes back leaves the cancellation its own refund', async () => {
    const payment = await captured('pm_card_pendingRefund');
    const { organizationId, quote } = payment;
    await refund(payment, 4500);
    await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(100));
    await test.work();
    const refundsAtProcessor = async () => {
      const { data } = await test.atProcessor<{ data: { id: string; metadata: { payment_id: string } }[] }>(
        '/v1/refunds?limit=1000',
      );
      return data.filter(({ metadata }) => metadata.payment_id === payment.paymentId);
    };
    const [first] = await refundsAtProcessor();
    await test.atProcessor(`/simulator/refunds/${first?.id}/settle`, 'outcome=failure');
    await until(async () => (await refundsAtProcessor()).length === 2);
    expect((await balancesOf(test, organizationId))['liability:refund_pending']).toBe(-4500);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('is only for billing with a second factor, of payments that were taken, of this organization', async () => {
    const payment = await captured();
    const { organizationId } = payment;
    const unproven = { ...payment.billing, secondFactor: false };
    for (const billing of [payment.client, staffOf(organizationId, 'MANAGER', 'FRONT_DESK'), unproven]) {
      const { result, errors } = await refund({ ...payment, billing }, 100);
      expect([result, errors[0]?.extensions?.code]).toEqual([undefined, 'UNAUTHORIZED_FIELD_OR_TYPE']);
    }
    const elsewhere = await test.newClient();
    const stranger = staffOf(organizationOf(elsewhere), 'BILLING');
    expect((await refund({ ...payment, billing: stranger }, 100)).errors[0]?.extensions?.code).toBe(
      'NOT_FOUND',
    );
    expect((await refund(payment, 0)).errors[0]?.extensions?.code).toBe('BAD_INPUT');
  });
});

async function until(check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 8_000;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error('not within eight seconds');
    test.clock.advance(1_000);
    await test.work();
  }
}
