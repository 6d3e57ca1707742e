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
import { mergeDueEvents } from '../webhooks/merge-due-events.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

const DISPUTES = `query ($withEnded: Boolean) { disputes(withEnded: $withEnded) { endCursor disputes {
  id status reason amount { amountMinor currency } evidenceSentAt evidence { kind } payment { id } } } }`;
const SEND = `mutation ($input: SendDisputeEvidenceInput!) { sendDisputeEvidence(input: $input) { __typename
  ... on DisputeEvidenceSent { dispute { id status evidenceSentAt } } ... on DisputeEvidenceRefused { reason message } } }`;
const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename
  ... on RefundRefused { reason } } }`;

interface Listed {
  id: string;
  status: string;
  reason: string;
  amount: { amountMinor: number; currency: string };
  evidenceSentAt: string | null;
  evidence: { kind: string }[];
}

/** A deposit of 45.00 EUR that was taken, and its intent at the processor. */
async function paid() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId: await test.addCard(client) });
  const paymentId = payment?.id ?? '';
  await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
  await settlePayment(test.payments, { organizationId, paymentId });
  const intents = await test.atProcessor<{ data: { id: string; metadata: { payment_id?: string } }[] }>(
    '/v1/payment_intents?limit=100',
  );
  const intentId = intents.data.find(({ metadata }) => metadata.payment_id === paymentId)?.id ?? '';
  return { organizationId, paymentId, intentId, quote, billing: staffOf(organizationId, 'BILLING') };
}
type Paid = Awaited<ReturnType<typeof paid>>;

const atBank = (path: string, form: string) =>
  test.atProcessor<{ id: string; status: string }>(`/simulator/${path}`, form);
const disputeAt = ({ intentId }: Paid, form = '') =>
  atBank(`payment_intents/${intentId}/dispute`, form || 'reason=fraudulent');

/** Whatever the processor has told by now is worked off; deliveries come over HTTP, so they are waited for. */
async function heard(payment: Paid, status: string): Promise<Listed> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await mergeDueEvents(test.payments);
    const [found] = await listed(payment);
    if (found?.status === status) return found;
    test.clock.advance(2_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`no dispute ever was ${status}`);
}

async function listed({ billing }: Paid, withEnded = true): Promise<Listed[]> {
  const { data, errors } = await test.ask(billing, DISPUTES, { withEnded });
  expect(errors).toEqual([]);
  return (data?.['disputes'] as { disputes: Listed[] } | undefined)?.disputes ?? [];
}

const refund = async ({ billing, paymentId }: Paid, amountMinor: number) => {
  const input = { paymentId, amountMinor, reason: 'GOODWILL', idempotencyKey: randomUUID() };
  return (await test.ask(billing, REFUND, { input })).data?.['refundPayment'];
};

describe('a disputed charge', () => {
  it('[payments T17] is refunded no more while the bank has the money, and may be again when it is won', async () => {
    const payment = await paid();
    const { id } = await disputeAt(payment);
    const open = await heard(payment, 'NEEDS_RESPONSE');
    expect(open).toMatchObject({ reason: 'fraudulent', amount: { amountMinor: 4500, currency: 'EUR' } });
    expect(await refund(payment, 100)).toMatchObject({ reason: 'DISPUTED' });
    expect((await balancesOf(test, payment.organizationId))['asset:dispute_reserve']).toBe(4500);
    await atBank(`disputes/${id}/settle`, 'outcome=won');
    await heard(payment, 'WON');
    expect((await balancesOf(test, payment.organizationId))['asset:dispute_reserve']).toBe(0);
    expect(await listed(payment, false)).toEqual([]);
    expect(await refund(payment, 4500)).toEqual({ __typename: 'RefundRequested' });
    expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
  });

  it('[payments T17] can be refunded while the bank only asks, and the books show no loss', async () => {
    const payment = await paid();
    const { id } = await disputeAt(payment, 'inquiry=true');
    await heard(payment, 'INQUIRY');
    expect(await balancesOf(test, payment.organizationId)).not.toHaveProperty('asset:dispute_reserve');
    expect(await refund(payment, 4500)).toEqual({ __typename: 'RefundRequested' });
    await atBank(`disputes/${id}/settle`, 'outcome=closed');
    await heard(payment, 'CLOSED');
    expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
  });

  it('that is heard of when all is over is in the books from its beginning, told once and lost for good', async () => {
    const payment = await paid();
    await test.order({ kind: 'webhook_lost', times: 99 });
    const { id } = await disputeAt(payment);
    await test.callOff();
    await atBank(`disputes/${id}/settle`, 'outcome=lost');
    await heard(payment, 'LOST');
    expect(await balancesOf(test, payment.organizationId)).toMatchObject({
      'asset:dispute_reserve': 0,
      'expense:chargeback': 4500,
    });
    expect(await refund(payment, 100)).toMatchObject({ reason: 'DISPUTED' });
    const letters = (await test.published(payment.organizationId, 'message.requested')).map(
      ({ template }) => template,
    );
    expect(letters.filter((template) => String(template).includes('disput'))).toEqual([
      'payment-disputed',
      'payment-dispute-closed',
    ]);
    expect(await brokenInvariants(test, payment.organizationId)).toEqual([]);
  });
});

describe('evidence', () => {
  it('is what happened around the appointment, goes to the bank once, and is finished by whoever comes after a crash', async () => {
    const payment = await paid();
    const { bookingId, clientId, providerId } = payment.quote;
    for (const recipientId of [clientId, providerId])
      await test.deliver(payment.organizationId, 'message.sent', {
        messageId: randomUUID(),
        template: 'booking-reminder',
        sentAt: test.clock().toISOString(),
        recipientId,
        bookingId,
      });
    const { id } = await disputeAt(payment, 'reason=product_not_received');
    const open = await heard(payment, 'NEEDS_RESPONSE');
    expect(open.evidence.map(({ kind }) => kind).toSorted()).toEqual(['CONFIRMED', 'REMINDER_SENT']);
    await test.order({ kind: 'drop_before', times: 2, only: '/v1/disputes' });
    const send = () => test.ask(payment.billing, SEND, { input: { disputeId: open.id } });
    expect((await send()).data).toMatchObject({
      sendDisputeEvidence: { __typename: 'DisputeEvidenceSent', dispute: { status: 'NEEDS_RESPONSE' } },
    });
    await test.callOff();
    test.clock.advance(61_000);
    await test.work();
    await Promise.all([send(), send()]);
    const [{ status } = { status: '' }] = await listed(payment);
    expect(status).toBe('UNDER_REVIEW');
    const told = await test.atProcessor<{
      evidence: Record<string, string>;
      evidence_details: { submission_count: number };
    }>(`/v1/disputes/${id}`);
    expect(told.evidence_details.submission_count).toBe(1);
    expect(told.evidence['access_activity_log']).toContain('The appointment was booked.');
    await atBank(`disputes/${id}/settle`, 'outcome=won');
    await heard(payment, 'WON');
    expect((await send()).data).toMatchObject({ sendDisputeEvidence: { __typename: 'DisputeEvidenceSent' } });
  });

  it('[payments T34] of a dispute that nobody can open any more keeps neither other evidence nor the janitor back', async () => {
    const [broken, whole] = [await paid(), await paid()];
    for (const payment of [broken, whole]) {
      await disputeAt(payment);
      const { id } = await heard(payment, 'NEEDS_RESPONSE');
      await test.order({ kind: 'drop_before', times: 2, only: '/v1/disputes' });
      await test.ask(payment.billing, SEND, { input: { disputeId: id } });
    }
    await test.callOff();
    // T24: what stands there was sealed for no row of ours.
    await test.database.transaction(broken.organizationId, (tx) =>
      tx.query(`UPDATE dispute SET processor_reference = decode(repeat('00', 64), 'hex')`),
    );
    const client = await test.newClient();
    const quote = test.quoteFor(client);
    await test.authorize(client, { quote, paymentMethodId: await test.addCard(client) });
    await test.deliver(organizationOf(client), 'booking.confirmed', newsOf(quote).confirmed);
    test.clock.advance(61_000);
    await test.work();
    const statuses = await Promise.all(
      [broken, whole].map(async (payment) => (await listed(payment))[0]?.status),
    );
    expect(statuses).toEqual(['NEEDS_RESPONSE', 'UNDER_REVIEW']);
    expect(await test.published(organizationOf(client), 'payment.captured')).toHaveLength(1);
  });

  it('is refused when the bank has decided, without a recent second factor, and to whoever is not of billing', async () => {
    const payment = await paid();
    const { id } = await disputeAt(payment);
    const open = await heard(payment, 'NEEDS_RESPONSE');
    const input = { disputeId: open.id };
    const elsewhere = staffOf(organizationOf(await test.newClient()), 'BILLING');
    const stale = { ...payment.billing, authenticatedAt: Math.floor(test.clock().getTime() / 1000) - 3_600 };
    for (const [caller, code] of [
      [elsewhere, 'NOT_FOUND'],
      [stale, 'STEP_UP_REQUIRED'],
      [staffOf(payment.organizationId, 'FRONT_DESK'), 'FORBIDDEN'],
    ] as const) {
      const { errors } = await test.ask(caller, SEND, { input });
      expect(errors[0]?.extensions?.code).toMatch(code === 'FORBIDDEN' ? /FORBIDDEN|UNAUTHORIZED/ : code);
    }
    await atBank(`disputes/${id}/settle`, 'outcome=lost');
    await heard(payment, 'LOST');
    expect((await test.ask(payment.billing, SEND, { input })).data).toMatchObject({
      sendDisputeEvidence: { __typename: 'DisputeEvidenceRefused', reason: 'ENDED' },
    });
  });
});
