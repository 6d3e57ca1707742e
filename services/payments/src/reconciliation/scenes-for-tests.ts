import { randomUUID } from 'node:crypto';
import { atProcessor } from '../ledger/invariants-for-tests.ts';
import { newsOf, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { reconcile } from './reconcile.ts';

export const MINUTE = 60_000;

/** What happens to money before somebody reconciles it, also past us. */
export const scenesOf = (test: UnderTest) => ({
  ...paymentsOf(test),
  ...readingsOf(test),
  ...pastUs(test),
  run: async (scope: 'WINDOW' | 'FULL' = 'WINDOW') => {
    test.clock.advance(11 * MINUTE);
    return reconcile(test.payments, scope);
  },
});

function paymentsOf(test: UnderTest) {
  const settle = (organizationId: string, paymentId: string) =>
    settlePayment(test.payments, { organizationId, paymentId });
  const authorized = async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client);
    const { payment } = await test.authorize(client, { quote, paymentMethodId });
    const paymentId = payment?.id ?? '';
    const intentId = (await atProcessor(test, organizationId)).intents[0]?.id ?? '';
    return {
      client,
      organizationId,
      paymentId,
      quote,
      intentId,
      settle: () => settle(organizationId, paymentId),
    };
  };
  const captured = async () => {
    const paid = await authorized();
    await test.deliver(paid.organizationId, 'booking.confirmed', newsOf(paid.quote).confirmed);
    await paid.settle();
    return paid;
  };
  return { settle, authorized, captured };
}

function readingsOf(test: UnderTest) {
  const rows = <Row>(organizationId: string, sql: string, parameters: unknown[] = []) =>
    test.database.transaction(organizationId, (tx) => tx.query<Row>(sql, parameters));
  return {
    rows,
    incidentsOf: (organizationId: string) =>
      rows<{ kind: string; ours: string; theirs: string; resolution: string | null }>(
        organizationId,
        'SELECT kind, ours, theirs, resolution FROM payment_incident ORDER BY opened_at, kind',
      ),
    statusOf: async (organizationId: string) =>
      (await rows<{ status: string }>(organizationId, 'SELECT status FROM payment'))[0]?.status,
  };
}

function pastUs(test: UnderTest) {
  /** The processor is told past us, as by somebody at its dashboard, and nobody hears of it. */
  const unheard = async (path: string, form: Record<string, string> = {}) => {
    await test.order({ kind: 'webhook_lost', times: 50 });
    const answer = await test.atProcessor<{ id: string }>(path, new URLSearchParams(form).toString());
    await test.callOff();
    return answer;
  };
  return {
    unheard,
    customerOf: async (intentId: string) => {
      const path = `/v1/payment_intents/${intentId}`;
      const intent = await test.atProcessor<{ customer: string; payment_method: string }>(path);
      return { customer: intent.customer, method: intent.payment_method };
    },
    intentFor: (
      organizationId: string,
      paymentId: string,
      { customer, method }: { customer: string; method: string },
    ) =>
      unheard('/v1/payment_intents', {
        amount: '4500',
        currency: 'eur',
        customer,
        payment_method: method,
        capture_method: 'manual',
        confirm: 'true',
        'automatic_payment_methods[enabled]': 'true',
        'automatic_payment_methods[allow_redirects]': 'never',
        'metadata[organization_id]': organizationId,
        'metadata[payment_id]': paymentId,
        'metadata[payment_op_id]': randomUUID(),
      }),
  };
}
