import { Stripe } from 'stripe';
import { startPaymentSimulator } from './payment-simulator.ts';
import type { PaymentSimulator } from './payment-simulator.ts';

let simulator: PaymentSimulator;
let stripe: Stripe;
beforeAll(async () => {
  simulator = await startPaymentSimulator({
    port: 0,
    host: '127.0.0.1',
    webhookSecret: 'whsec_of_the_pages',
    log: { warn: () => undefined },
  });
  const { hostname: host, port } = new URL(simulator.url);
  stripe = new Stripe('sk_test_kept', {
    host,
    port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
  });
});
afterAll(() => simulator.stop());

const control = async (path: string, form: string): Promise<Response> =>
  fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_kept' },
    body: form,
  });

const taken = (payment_method: string) =>
  stripe.paymentIntents.create({ amount: 4500, currency: 'eur', confirm: true, payment_method });

const idOf = (value: string | { id: string } | null): string =>
  typeof value === 'string' ? value : (value?.id ?? '');

const linesOf = async (source: string) => {
  const { data } = await stripe.balanceTransactions.list({ source });
  return data.map(({ reporting_category: kind, amount, fee, net }) => [kind, amount, fee, net]).reverse();
};

describe('the account', () => {
  it('has a line for what was taken, given back, bounced and paid out, with the fee', async () => {
    const intent = await taken('pm_card_visa');
    expect(await linesOf(idOf(intent.latest_charge))).toEqual([['charge', 4500, 93, 4407]]);
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 1000 });
    await control(`/simulator/refunds/${refund.id}/settle`, 'outcome=failure');
    expect(await linesOf(refund.id)).toEqual([
      ['refund', -1000, 0, -1000],
      ['refund_failure', 1000, 0, 1000],
    ]);
    const payout = await stripe.payouts.create({ amount: 400, currency: 'eur' });
    expect(await linesOf(payout.id)).toEqual([['payout', -400, 0, -400]]);
    const tooMuch = stripe.payouts.create({ amount: 99_999_999, currency: 'eur' });
    await expect(tooMuch).rejects.toMatchObject({ code: 'balance_insufficient' });
  });

  it('lists page by page, from a time on, and nothing twice', async () => {
    for (let made = 0; made < 5; made += 1) await stripe.customers.create({});
    for (let made = 0; made < 7; made += 1)
      await stripe.paymentIntents.create({ amount: 1, currency: 'chf' });
    const seen: string[] = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 2, created: { gte: 1 } }))
      seen.push(intent.id);
    expect(seen.length).toBeGreaterThanOrEqual(7);
    expect(new Set(seen).size).toBe(seen.length);
    const none = await stripe.paymentIntents.list({ created: { gt: Math.floor(Date.now() / 1000) + 60 } });
    expect(none.data).toEqual([]);
  });
});

describe('a dispute', () => {
  it('takes the money until it is won; an inquiry takes none and lets it be given back', async () => {
    const intent = await taken('pm_card_visa');
    const opened = await control(`/simulator/payment_intents/${intent.id}/dispute`, 'reason=fraudulent');
    const { id } = (await opened.json()) as { id: string };
    await expect(stripe.refunds.create({ payment_intent: intent.id })).rejects.toMatchObject({
      code: 'charge_disputed',
    });
    const answered = await stripe.disputes.update(id, { evidence: { uncategorized_text: 'They came.' } });
    expect(answered.status).toBe('under_review');
    const late = stripe.disputes.update(id, { evidence: { uncategorized_text: 'More.' } });
    await expect(late).rejects.toMatchObject({ code: 'dispute_closed' });
    await control(`/simulator/disputes/${id}/settle`, 'outcome=won');
    expect(await linesOf(id)).toEqual([
      ['dispute', -4500, 2000, -6500],
      ['dispute_reversal', 4500, 0, 4500],
    ]);
    const asked = await taken('pm_card_visa');
    await control(`/simulator/payment_intents/${asked.id}/dispute`, 'inquiry=true');
    await expect(stripe.refunds.create({ payment_intent: asked.id })).resolves.toMatchObject({
      status: 'succeeded',
    });
  });
});

describe('a card that its holder confirmed once', () => {
  it('is charged while they are away; the same card unconfirmed is not', async () => {
    const customer = await stripe.customers.create({});
    const card = 'pm_card_authenticationRequiredOnSetup';
    const away = { amount: 900, currency: 'eur', confirm: true, off_session: true } as const;
    const unconfirmed = stripe.paymentIntents.create({ ...away, payment_method: card });
    await expect(unconfirmed).rejects.toMatchObject({ code: 'authentication_required' });
    const setup = await stripe.setupIntents.create({
      customer: customer.id,
      payment_method: card,
      confirm: true,
    });
    expect(setup.status).toBe('requires_action');
    await control(`/simulator/setup_intents/${setup.id}/authenticate`, 'outcome=success');
    const { payment_method: method } = await stripe.setupIntents.retrieve(setup.id);
    const charged = await stripe.paymentIntents.create({
      ...away,
      customer: customer.id,
      payment_method: idOf(method),
    });
    expect(charged.status).toBe('succeeded');
  });
});

describe('a publishable key', () => {
  it('reaches one intent with its secret, and nothing else', async () => {
    const intent = await stripe.setupIntents.create({});
    const ask = async (path: string, form?: string) => {
      const response = await fetch(`${simulator.url}${path}`, {
        method: form === undefined ? 'GET' : 'POST',
        headers: { authorization: 'Bearer pk_test_kept' },
        ...(form === undefined ? {} : { body: form }),
      });
      return response.status;
    };
    const secret = `client_secret=${intent.client_secret}`;
    expect(await ask(`/v1/setup_intents/${intent.id}?${secret}`)).toBe(200);
    expect(await ask(`/v1/setup_intents/${intent.id}`)).toBe(401);
    expect(await ask(`/v1/setup_intents/${intent.id}?client_secret=guess`)).toBe(401);
    expect(await ask('/v1/customers', '')).toBe(401);
    expect(await ask('/v1/refunds')).toBe(401);
  });
});

describe('the faults', () => {
  const order = (fault: object) =>
    fetch(`${simulator.url}/simulator/faults`, { method: 'POST', body: JSON.stringify(fault) });

  it('include a failure after success that is replayed, and a search that lags', async () => {
    await order({ kind: 'answer_500_after', only: '/v1/payment_intents' });
    const body = { amount: 4500, currency: 'eur', metadata: { payment_op_id: 'lost-answer' } };
    const once = () => stripe.paymentIntents.create(body, { idempotencyKey: 'op_lost' });
    await expect(once()).rejects.toMatchObject({ statusCode: 500 });
    await expect(once()).rejects.toMatchObject({ statusCode: 500 });
    const search = () => stripe.paymentIntents.search({ query: "metadata['payment_op_id']:'lost-answer'" });
    await order({ kind: 'search_lag', only: '/v1/payment_intents/search' });
    expect((await search()).data).toEqual([]);
    expect((await search()).data).toHaveLength(1);
  });
});
