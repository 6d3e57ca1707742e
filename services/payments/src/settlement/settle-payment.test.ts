import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { atProcessor, balancesOf, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { newsOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import type { Quote } from '../payments/read-quote.ts';
import { settlePayment } from './settle-payment.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

interface Paid {
  client: Caller;
  organizationId: string;
  quote: Quote;
  paymentId: string;
}

async function authorized(token = 'pm_card_visa', change: Partial<Quote> = {}): Promise<Paid> {
  const client = await test.newClient();
  const paymentMethodId = await test.addCard(client, token);
  const quote = test.quoteFor(client, change);
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  return { client, organizationId: organizationOf(client), quote, paymentId: payment?.id ?? '' };
}

const settle = ({ organizationId, paymentId }: Paid) =>
  settlePayment(test.payments, { organizationId, paymentId });

async function row({ organizationId, paymentId }: Paid) {
  const [payment] = await test.database.transaction(organizationId, (tx) =>
    tx.query<Record<string, unknown>>(
      `SELECT status, authorized_minor::int AS authorized, captured_minor::int AS captured, refunded_minor::int AS refunded,
         refund_pending_minor::int AS pending FROM payment WHERE id = $1`,
      [paymentId],
    ),
  );
  return payment;
}

describe('when scheduling has decided', () => {
  it('takes the deposit of a confirmed booking once, and tells the client once', async () => {
    const paid = await authorized();
    const { organizationId, quote } = paid;
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await Promise.all([settle(paid), settle(paid), settle(paid)]);
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settle(paid);
    expect(await row(paid)).toMatchObject({ status: 'CAPTURED', captured: 4500 });
    expect(await test.published(organizationId, 'payment.captured')).toHaveLength(1);
    expect(await test.published(organizationId, 'message.requested')).toEqual([
      expect.objectContaining({
        template: 'payment-captured',
        basis: 'contract',
        recipient: { kind: 'CLIENT', id: paid.client.accountId },
        parameters: expect.objectContaining({ amount: '45.00 EUR' }) as unknown,
      }),
    ]);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('[payments T7] releases the reservation when the slot was lost, and never takes it', async () => {
    const paid = await authorized();
    const { organizationId, quote } = paid;
    await test.deliver(organizationId, 'booking.refused', newsOf(quote).refused);
    await settle(paid);
    expect(await row(paid)).toMatchObject({ status: 'VOIDED', captured: 0 });
    expect(await test.published(organizationId, 'payment.voided')).toHaveLength(1);
    expect((await atProcessor(test, organizationId)).intents[0]?.status).toBe('canceled');
    expect(await balancesOf(test, organizationId)).toEqual({
      'memo:customer_hold': 0,
      'memo:processor_hold': 0,
    });
    // A confirmation that arrives late does not take the money after all.
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settle(paid);
    expect(await row(paid)).toMatchObject({ status: 'VOIDED' });
    const told = await test.published(organizationId, 'message.requested');
    expect(told.map(({ template }) => template)).toEqual(['payment-released']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('gives everything back when the slot was lost after the money had been taken', async () => {
    const paid = await authorized();
    const { organizationId, quote } = paid;
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settle(paid);
    await test.deliver(organizationId, 'booking.refused', newsOf(quote).refused);
    await settle(paid);
    expect(await row(paid)).toMatchObject({ status: 'CAPTURED', refunded: 4500 });
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it.each([
    [100, 4500],
    [50, 2250],
    [33, 1485],
    [0, 0],
  ])('gives back %i %% of what was taken when the booking is cancelled: %i', async (percent, refunded) => {
    const paid = await authorized();
    const { organizationId, quote } = paid;
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settle(paid);
    await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(percent));
    await Promise.all([settle(paid), settle(paid)]);
    await settle(paid);
    expect(await row(paid)).toMatchObject({ status: 'CAPTURED', refunded, pending: 0 });
    const messages = await test.published(organizationId, 'message.requested');
    const told = messages.filter(({ template }) => template === 'payment-refunded');
    expect(told).toHaveLength(refunded === 0 ? 0 : 1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('releases a reservation that was not taken yet, and takes only what the policy keeps', async () => {
    const whole = await authorized();
    await test.deliver(whole.organizationId, 'booking.cancelled', newsOf(whole.quote).cancelled(100));
    await settle(whole);
    expect(await row(whole)).toMatchObject({ status: 'VOIDED', captured: 0 });
    const part = await authorized();
    await test.deliver(part.organizationId, 'booking.cancelled', newsOf(part.quote).cancelled(80));
    await settle(part);
    expect(await row(part)).toMatchObject({ status: 'CAPTURED', captured: 900, refunded: 0 });
    for (const { organizationId } of [whole, part])
      expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('earns what was taken once the appointment is over: no deferred revenue is left (I12)', async () => {
    const paid = await authorized();
    const { organizationId, quote } = paid;
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await test.deliver(organizationId, 'booking.completed', newsOf(quote).completed);
    await settle(paid);
    await settle(paid);
    expect(await balancesOf(test, organizationId)).toMatchObject({
      // The rest is what the processor keeps.
      'asset:processor_receivable': 4500 - 93,
      'expense:processor_fees': 93,
      'liability:deferred_revenue': 0,
      'revenue:service': -4500,
    });
  });

  it('gives back what not coming does not cost, and earns the rest', async () => {
    const paid = await authorized();
    const { organizationId, quote } = paid;
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settle(paid);
    const missed = { ...newsOf(quote).completed, attended: false, refundPercent: 60 };
    await test.deliver(organizationId, 'booking.completed', missed);
    for (let again = 0; again < 3; again += 1) await settle(paid);
    expect(await row(paid)).toMatchObject({ status: 'CAPTURED', refunded: 2700, pending: 0 });
    expect(await balancesOf(test, organizationId)).toMatchObject({
      'asset:processor_receivable': 1800 - 93,
      'liability:deferred_revenue': 0,
      'revenue:no_show': -4500,
      'contra:refunds': 2700,
    });
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('settles by the sweep alone when every job was lost, also after a lost answer', async () => {
    // What other tests left due is done first: the trouble ordered below is meant for this payment.
    await test.work();
    await test.order({ kind: 'webhook_lost', times: 99 });
    const paid = await authorized();
    const { organizationId, quote } = paid;
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents/' });
    await test.work();
    expect(await row(paid)).toMatchObject({ status: 'CAPTURING' });
    await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(100));
    test.clock.advance(70_000);
    await test.work();
    test.clock.advance(70_000);
    await test.work();
    expect(await row(paid)).toMatchObject({ status: 'CAPTURED', refunded: 4500 });
    expect((await atProcessor(test, organizationId)).refunds).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('[payments T18] follows an authorization that ran out and asks for no capture', async () => {
    const paid = await authorized();
    const { organizationId, quote } = paid;
    const intent = (await atProcessor(test, organizationId)).intents[0];
    await test.order({ kind: 'webhook_lost', times: 9 });
    await test.atProcessor(`/simulator/payment_intents/${intent?.id}/expire`, '');
    await test.callOff();
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settle(paid);
    expect(await row(paid)).toMatchObject({ status: 'AUTH_EXPIRED', captured: 0 });
    expect(await test.published(organizationId, 'payment.failed')).toEqual([
      expect.objectContaining({ reason: 'authorization_expired' }),
    ]);
    const told = await test.published(organizationId, 'message.requested');
    expect(told.filter(({ template }) => template === 'payment-expired')).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('ends with its authorization when scheduling never decided and the processor was not heard', async () => {
    const paid = await authorized();
    const { organizationId } = paid;
    await test.work();
    const intent = (await atProcessor(test, organizationId)).intents[0];
    await test.order({ kind: 'webhook_lost', times: 9 });
    await test.atProcessor(`/simulator/payment_intents/${intent?.id}/expire`, '');
    test.clock.advance(8 * 24 * 3_600_000);
    await test.work();
    expect(await row(paid)).toMatchObject({ status: 'AUTH_EXPIRED', captured: 0 });
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

describe('[payments T14] what was agreed', () => {
  it('cannot be exceeded: neither a second capture nor more than was authorized, in code or in SQL', async () => {
    const paid = await authorized();
    const { organizationId, quote, paymentId } = paid;
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settle(paid);
    const change = (sql: string) =>
      test.database.transaction(organizationId, (tx) => tx.query(sql, [paymentId]));
    const refusals: [string, string][] = [
      ['captured_minor = authorized_minor + 1', 'captured_at_most_authorized'],
      ['refunded_minor = captured_minor + 1', 'refunds_at_most_captured'],
      ['amount_minor = amount_minor + 1', 'what was agreed does not change'],
      [`currency = 'USD'`, 'what was agreed does not change'],
      [`status = 'AUTHORIZED'`, 'cannot go from CAPTURED to AUTHORIZED'],
      [`status = 'VOIDED'`, 'cannot go from CAPTURED to VOIDED'],
      ['refunded_minor = -1', 'no_amount_is_negative'],
    ];
    for (const [assignment, why] of refusals) {
      await expect(change(`UPDATE payment SET ${assignment} WHERE id = $1`)).rejects.toThrow(why);
    }
    const before = await test.atProcessor<unknown[]>('/simulator/requests');
    await settle(paid);
    expect(await test.atProcessor<unknown[]>('/simulator/requests')).toHaveLength(before.length);
    const secondOp = `INSERT INTO payment_op (id, organization_id, payment_id, kind, attempt, amount_minor, state, next_check_at, created_at)
      SELECT gen_random_uuid(), organization_id, id, 'CAPTURE', n, 1, 'REQUESTED', now(), now() FROM payment, generate_series(7, 8) n WHERE id = $1`;
    await expect(change(secondOp)).rejects.toThrow('one_open_op_per_payment');
  });

  it('holds for one live payment per booking, whatever the code believes', async () => {
    const { organizationId, paymentId } = await authorized();
    const copy = `INSERT INTO payment SELECT (jsonb_populate_record(p, jsonb_build_object('id', $2::text, 'status', 'CREATED',
      'authorized_minor', 0, 'processor_reference_index', null))).* FROM payment p WHERE id = $1`;
    const insert = test.database.transaction(organizationId, (tx) =>
      tx.query(copy, [paymentId, randomUUID()]),
    );
    await expect(insert).rejects.toThrow('one_live_payment_per_booking_and_purpose');
  });
});
