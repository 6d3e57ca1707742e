import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Stripe } from 'stripe';

import { startPaymentSimulator } from './payment-simulator.ts';
import type { PaymentSimulator, PaymentSimulatorOptions } from './payment-simulator.ts';

const SECRET = 'whsec_of_the_simulator';
const log = { warn: () => undefined };
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(options: Partial<PaymentSimulatorOptions> = {}): Promise<PaymentSimulator> {
  const simulator = await startPaymentSimulator({
    port: 0,
    host: '127.0.0.1',
    webhookSecret: SECRET,
    log,
    ...options,
  });
  stops.push(() => simulator.stop());
  return simulator;
}

const clientOf = (simulator: PaymentSimulator): Stripe => {
  const { hostname, port } = new URL(simulator.url);
  return new Stripe('sk_test_kept', {
    host: hostname,
    port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
  });
};

const orderFault = (simulator: PaymentSimulator, fault: object) =>
  fetch(`${simulator.url}/simulator/faults`, { method: 'POST', body: JSON.stringify(fault) });

const manual = { amount: 4500, currency: 'eur', capture_method: 'manual', confirm: true } as const;

describe('payment simulator', () => {
  it('[PAY-01] gives a payment method for a test token and refuses a card number wherever it stands', async () => {
    const simulator = await start();
    const stripe = clientOf(simulator);
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    expect(method.id).toMatch(/^pm_[a-z]{24}$/);
    expect(method.card).toMatchObject({ brand: 'visa', last4: '4242' });
    const refused = { code: 'card_data_refused' };
    const raw = { number: '4242424242424242', exp_month: 8, exp_year: 2030 };
    await expect(stripe.paymentMethods.create({ type: 'card', card: raw })).rejects.toMatchObject(refused);
    const spaced = stripe.customers.create({ description: 'my card is 4242 4242-4242 4242' });
    await expect(spaced).rejects.toMatchObject(refused);
  });

  it('takes an id for an id, whatever digits it happens to have', async () => {
    const stripe = clientOf(await start());
    const metadata = { client: 'd6b46783-4448-413e-8153-416017708450' };
    await expect(stripe.customers.create({ metadata })).resolves.toMatchObject({ metadata });
  });

  it('authorizes, captures in part and refunds, and answers impossible steps as Stripe does', async () => {
    const stripe = clientOf(await start());
    const customer = await stripe.customers.create({});
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    const intent = await stripe.paymentIntents.create({
      ...manual,
      customer: customer.id,
      payment_method: method.id,
      expand: ['latest_charge'],
    });
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 4500 });
    expect(intent.latest_charge).toMatchObject({ object: 'charge', captured: false, paid: true });
    const tooMuch = stripe.paymentIntents.capture(intent.id, { amount_to_capture: 4501 });
    await expect(tooMuch).rejects.toMatchObject({ code: 'amount_too_large' });
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 4000 });
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 4000 });
    const unexpected = { code: 'payment_intent_unexpected_state' };
    await expect(stripe.paymentIntents.capture(intent.id)).rejects.toMatchObject(unexpected);
    await expect(stripe.paymentIntents.cancel(intent.id)).rejects.toMatchObject(unexpected);
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 1500 });
    expect(refund.status).toBe('succeeded');
    const excess = stripe.refunds.create({ payment_intent: intent.id, amount: 2501 });
    await expect(excess).rejects.toMatchObject({ code: 'amount_too_large' });
    await stripe.refunds.create({ payment_intent: intent.id });
    const again = stripe.refunds.create({ payment_intent: intent.id });
    await expect(again).rejects.toMatchObject({ code: 'charge_already_refunded' });
  });

  it('declines, asks for authentication, disputes and bounces refunds by the name of the method', async () => {
    const simulator = await start();
    const stripe = clientOf(simulator);
    const declined = stripe.paymentIntents.create({
      ...manual,
      payment_method: 'pm_card_visa_chargeDeclined',
    });
    await expect(declined).rejects.toMatchObject({ code: 'card_declined', decline_code: 'generic_decline' });
    const method = 'pm_card_authenticationRequired';
    const offSession = stripe.paymentIntents.create({ ...manual, payment_method: method, off_session: true });
    await expect(offSession).rejects.toMatchObject({ code: 'authentication_required' });
    const waiting = await stripe.paymentIntents.create({ ...manual, payment_method: method });
    expect(waiting).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
    await fetch(`${simulator.url}/simulator/payment_intents/${waiting.id}/authenticate`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_kept' },
      body: 'outcome=success',
    });
    const answered = await stripe.paymentIntents.retrieve(waiting.id);
    expect(answered.status).toBe('requires_capture');
    const pending = await stripe.paymentIntents.create({
      amount: 100,
      currency: 'eur',
      confirm: true,
      payment_method: 'pm_card_pendingRefund',
    });
    expect((await stripe.refunds.create({ payment_intent: pending.id })).status).toBe('pending');
  });

  it('replays a key, refuses it with another body, and says while it is still running', async () => {
    const simulator = await start();
    const stripe = clientOf(simulator);
    const key = { idempotencyKey: 'op_1' };
    const body = { ...manual, payment_method: 'pm_card_visa' };
    const first = await stripe.paymentIntents.create(body, key);
    const second = await stripe.paymentIntents.create(body, key);
    expect(second.id).toBe(first.id);
    const other = stripe.paymentIntents.create({ ...body, amount: 4501 }, key);
    await expect(other).rejects.toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
    await orderFault(simulator, { kind: 'slow', milliseconds: 300 });
    const slow = stripe.paymentIntents.create(body, { idempotencyKey: 'op_2' });
    await untilAsked(simulator, 'op_2');
    const meanwhile = stripe.paymentIntents.create(body, { idempotencyKey: 'op_2' });
    await expect(meanwhile).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    await slow;
    expect((await stripe.paymentIntents.list()).data).toHaveLength(2);
  });

  it('refuses unknown, missing and malformed parameters, a wrong key and a wrong address', async () => {
    const simulator = await start();
    const post = async (form: string, authorization = 'Bearer sk_test_kept') => {
      const url = `${simulator.url}/v1/payment_intents`;
      const response = await fetch(url, { method: 'POST', headers: { authorization }, body: form });
      const { error } = (await response.json()) as { error: { code?: string; param?: string } };
      return [response.status, error.code, error.param];
    };
    expect(await post('currency=eur')).toEqual([400, 'parameter_missing', 'amount']);
    expect(await post('amount=10.0&currency=eur')).toEqual([400, 'parameter_invalid_integer', 'amount']);
    expect(await post('amount=1&currency=eur&tip=1')).toEqual([400, 'parameter_unknown', 'tip']);
    expect(await post('amount=1&currency=eur&confirm=yes')).toEqual([
      400,
      'parameter_invalid_boolean',
      'confirm',
    ]);
    expect(await post('amount=1&currency=eur', 'Bearer sk_live_kept')).toEqual([401, undefined, undefined]);
    const nowhere = await fetch(`${simulator.url}/v1/nothing`, {
      headers: { authorization: 'Bearer sk_test_kept' },
    });
    expect(nowhere.status).toBe(404);
  });

  it('loses the answer, not the work, when ordered to drop the connection afterwards', async () => {
    const simulator = await start();
    const stripe = clientOf(simulator);
    const search = { query: "metadata['payment_op_id']:'one'" };
    const create = () =>
      stripe.paymentIntents.create(
        { ...manual, payment_method: 'pm_card_visa', metadata: { payment_op_id: 'one' } },
        { idempotencyKey: 'op_one' },
      );
    await orderFault(simulator, { kind: 'drop_before', times: 2 });
    await expect(create()).rejects.toMatchObject({ type: 'StripeConnectionError' });
    await fetch(`${simulator.url}/simulator/faults`, { method: 'DELETE' });
    expect((await stripe.paymentIntents.search(search)).data).toHaveLength(0);
    await orderFault(simulator, { kind: 'drop_after', times: 2 });
    await expect(create()).rejects.toMatchObject({ type: 'StripeConnectionError' });
    await fetch(`${simulator.url}/simulator/faults`, { method: 'DELETE' });
    expect((await stripe.paymentIntents.search(search)).data).toHaveLength(1);
  });

  it('keeps its objects in the state file across a restart', async () => {
    const stateFile = join(mkdtempSync(join(tmpdir(), 'kept-simulator-')), 'payments.json');
    const first = await start({ stateFile });
    const intent = await clientOf(first).paymentIntents.create({ ...manual, payment_method: 'pm_card_visa' });
    await first.stop();
    stops.pop();
    const second = await start({ stateFile });
    expect((await clientOf(second).paymentIntents.capture(intent.id)).status).toBe('succeeded');
  });
});

describe('webhooks of the payment simulator', () => {
  it('signs every delivery so that the SDK verifies it, and repeats it until it is accepted', async () => {
    const receiver = await startReceiver([500, 200]);
    const stripe = clientOf(await start({ webhookUrl: receiver.url }));
    await stripe.customers.create({});
    await receiver.received(2);
    const [first, second] = receiver.deliveries;
    expect(first?.event.type).toBe('customer.created');
    expect(second?.event.id).toBe(first?.event.id);
    const stored = await stripe.events.retrieve(first?.event.id ?? '');
    expect(stored.type).toBe('customer.created');
  });

  it('sends forged, future-dated and doubled deliveries on demand', async () => {
    const receiver = await startReceiver([]);
    const simulator = await start({ webhookUrl: receiver.url });
    await orderFault(simulator, { kind: 'webhook_forged' });
    await clientOf(simulator).customers.create({});
    await receiver.received(1);
    await orderFault(simulator, { kind: 'webhook_future_dated' });
    await clientOf(simulator).customers.create({});
    await receiver.received(2);
    await orderFault(simulator, { kind: 'webhook_duplicate' });
    await clientOf(simulator).customers.create({});
    await receiver.received(4);
    const [forged, future, one, two] = receiver.deliveries;
    expect(forged?.verified).toBe(false);
    expect((future?.signedAt ?? 0) - Date.now() / 1000).toBeGreaterThan(80_000);
    expect([one?.verified, two?.verified, one?.event.id === two?.event.id]).toEqual([true, true, true]);
  });
});

interface Delivery {
  event: { id: string; type: string };
  verified: boolean;
  signedAt: number;
}

async function startReceiver(answers: number[]) {
  const deliveries: Delivery[] = [];
  const read = async (request: IncomingMessage) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  };
  const server: Server = createServer((request, response) => {
    void read(request).then((body) => {
      const header = String(request.headers['stripe-signature']);
      let verified = true;
      try {
        Stripe.webhooks.constructEvent(body, header, SECRET);
      } catch {
        verified = false;
      }
      const event = JSON.parse(body.toString('utf8')) as Delivery['event'];
      deliveries.push({ event, verified, signedAt: Number(/t=(\d+)/.exec(header)?.[1]) });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => void server.close(resolve)));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`;
  return { url, deliveries, received: (count: number) => until(() => deliveries.length >= count) };
}

async function until(check: () => boolean | Promise<boolean>, deadline = Date.now() + 5_000): Promise<void> {
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error('waited five seconds in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function untilAsked(simulator: PaymentSimulator, key: string): Promise<void> {
  await until(async () => {
    const response = await fetch(`${simulator.url}/simulator/requests`);
    const records = (await response.json()) as { idempotencyKey: string | null }[];
    return records.some((record) => record.idempotencyKey === key);
  });
}
