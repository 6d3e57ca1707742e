import { newsOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { agree, newcomer, pay } from '../payments/life-for-tests.ts';
import { purgePayments } from './purge-payments.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const DAY_MS = 86_400_000;

describe('retention', () => {
  it('detaches a token nobody used for 13 months, keeps the payment ten years, and leaves evidence and books', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client);
    const { payment } = await test.authorize(client, { quote, paymentMethodId });
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settlePayment(test.payments, { organizationId, paymentId: payment?.id ?? '' });
    const inside = <Row>(sql: string) =>
      test.database.transaction(organizationId, (tx) => tx.query<Row>(sql));
    const method = () =>
      inside<object>(
        'SELECT status, last4, processor_reference IS NULL AS gone, fingerprint_index IS NULL AS forgotten FROM payment_method',
      );

    test.clock.advance(390 * DAY_MS);
    await purgePayments(test.payments);
    expect(await method()).toEqual([{ status: 'ACTIVE', last4: '4242', gone: false, forgotten: false }]);

    test.clock.advance(10 * DAY_MS);
    await purgePayments(test.payments);
    expect(await method()).toEqual([{ status: 'DELETED', last4: '4242', gone: true, forgotten: true }]);
    const detached = await test.atProcessor<{ data: object[] }>('/v1/events?type=payment_method.detached');
    expect(detached.data).toHaveLength(1);
    expect((await inside('SELECT FROM payment')).length).toBe(1);

    test.clock.advance(9 * 366 * DAY_MS);
    await purgePayments(test.payments);
    for (const table of ['payment', 'payment_op', 'money_notice', 'booking_reference', 'payment_method']) {
      expect([table, (await inside(`SELECT FROM ${table}`)).length]).toEqual([table, 0]);
    }
    expect((await inside('SELECT FROM ledger_entry')).length).toBeGreaterThan(0);
    const evidence = (await test.published(organizationId, 'audit.recorded')).filter(
      ({ action }) => action === 'retention_purged',
    );
    const told = evidence.map(({ details }) => {
      const { table, rule, count } = details as Record<string, string>;
      return [table, rule, count].join(', ');
    });
    expect(told).toEqual(
      expect.arrayContaining([
        'payment_method, payment method tokens, 1',
        'payment, payments, 1',
        'booking_reference, paid bookings, 1',
      ]),
    );
  });

  it('does not forget a token that the processor still knows', async () => {
    const client = await test.newClient();
    await test.addCard(client);
    test.clock.advance(400 * DAY_MS);
    await test.order({ kind: 'drop_before', times: 2, only: '/v1/payment_methods' });
    await purgePayments(test.payments);
    const rows = () =>
      test.database.transaction(organizationOf(client), (tx) =>
        tx.query<object>('SELECT status, processor_reference IS NULL AS gone FROM payment_method'),
      );
    expect(await rows()).toEqual([{ status: 'RETIRING', gone: false }]);
    await test.callOff();
    await test.work();
    expect(await rows()).toEqual([{ status: 'DELETED', gone: true }]);
  });

  it('forgets the token of a card that has expired, or was never attached, as soon as any other', async () => {
    const client = await test.newClient();
    await test.addCard(client);
    const status = (change: string) =>
      test.database.transaction(organizationOf(client), (tx) =>
        tx.query<object>(
          `WITH changed AS (${change} RETURNING id) SELECT status, processor_reference IS NULL AS gone FROM payment_method`,
        ),
      );
    for (const was of ['EXPIRED', 'PENDING']) {
      await test.addCard(client, was === 'EXPIRED' ? 'pm_card_visa' : 'pm_card_mastercard');
      await status(`UPDATE payment_method SET status = '${was}' WHERE status = 'ACTIVE'`);
    }
    test.clock.advance(400 * DAY_MS);
    await purgePayments(test.payments);
    await test.work();
    const found = await status('UPDATE payment_method SET brand = brand WHERE false');
    expect(found.every((row) => JSON.stringify(row) === '{"status":"DELETED","gone":true}')).toBe(true);
    expect(found.length).toBeGreaterThan(1);
  });

  it('does not take a card out of use that stands for an appointment to come', async () => {
    const party = await newcomer(test, {
      change: { startsAt: new Date(test.clock().getTime() + 500 * DAY_MS).toISOString() },
    });
    await agree(test, party, { covers: ['NO_SHOW_FEE'] });
    await pay(test, party);
    test.clock.advance(400 * DAY_MS);
    await purgePayments(test.payments);
    const [method] = await test.database.transaction(party.organizationId, (tx) =>
      tx.query<object>('SELECT status FROM payment_method'),
    );
    expect(method).toEqual({ status: 'ACTIVE' });
  });
});
