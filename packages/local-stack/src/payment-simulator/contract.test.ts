import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

import { startPaymentSimulator } from './payment-simulator.ts';

/**
 * Optional: holds the simulator's own answers against Stripe's OpenAPI description (about API 2022-11), which lies
 * outside the repository. What the simulator answers must be an object Stripe could have answered.
 */
const DESCRIPTION = join(import.meta.dirname, '../../../../../shared/vectors/stripe/openapi.json');
const present = existsSync(DESCRIPTION);
if (!present)
  process.stdout.write('skipped: the contract check of the payment simulator needs ../shared/vectors\n');

interface Description {
  components: { schemas: Record<string, object> };
}

/** OpenAPI 3.0 says `nullable: true` where JSON Schema says `anyOf … null`. */
function withoutNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([name]) => !['nullable', 'example', 'discriminator'].includes(name),
  );
  const plain = Object.fromEntries(
    entries.map(([name, item]) => [name, name.startsWith('x-') ? undefined : withoutNullable(item)]),
  );
  return 'nullable' in value && value.nullable === true ? { anyOf: [{ type: 'null' }, plain] } : plain;
}

function openContract(): (name: string) => ValidateFunction {
  const description = JSON.parse(readFileSync(DESCRIPTION, 'utf8')) as Description;
  const ajv = new Ajv({ strict: false, validateFormats: true, allErrors: true });
  formats.default(ajv);
  for (const name of ['unix-time', 'decimal', 'password', 'currency']) ajv.addFormat(name, true);
  ajv.addSchema({ $id: 'stripe', components: withoutNullable(description.components) });
  return (name) => ajv.compile({ $ref: `stripe#/components/schemas/${name}` });
}

(present ? describe : describe.skip)('contract of the payment simulator', () => {
  it("answers only what Stripe's own description allows", async () => {
    const contract = openContract();
    const simulator = await startPaymentSimulator({
      port: 0,
      host: '127.0.0.1',
      webhookSecret: 'whsec_contract',
      log: { warn: () => undefined },
    });
    const ask = async (path: string, form?: string): Promise<Record<string, unknown>> => {
      const response = await fetch(`${simulator.url}${path}`, {
        method: form === undefined ? 'GET' : 'POST',
        headers: { authorization: 'Bearer sk_test_contract' },
        ...(form === undefined ? {} : { body: form }),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    const violations: unknown[] = [];
    const compiled = new Map<string, ValidateFunction>();
    const check = (schema: string, value: unknown) => {
      const validate = compiled.get(schema) ?? contract(schema);
      compiled.set(schema, validate);
      if (!validate(value)) violations.push({ schema, errors: validate.errors?.slice(0, 5) });
    };

    const customer = await ask('/v1/customers', 'description=contract');
    check('customer', customer);
    const method = await ask('/v1/payment_methods', 'type=card&card[token]=tok_visa');
    check('payment_method', method);
    check(
      'payment_method',
      await ask(`/v1/payment_methods/${method['id']}/attach`, `customer=${customer['id']}`),
    );
    const body = `amount=4500&currency=eur&capture_method=manual&confirm=true&customer=${customer['id']}`;
    const intent = await ask(
      '/v1/payment_intents',
      `${body}&payment_method=${method['id']}&expand[]=latest_charge`,
    );
    check('payment_intent', intent);
    check('charge', intent['latest_charge']);
    check('payment_intent', await ask(`/v1/payment_intents/${intent['id']}/capture`, ''));
    check('refund', await ask('/v1/refunds', `payment_intent=${intent['id']}&amount=500`));
    check('payment_intent', await ask('/v1/payment_intents', 'amount=1&currency=eur'));
    const waiting = `${body}&payment_method=pm_card_authenticationRequired`;
    const action = await ask('/v1/payment_intents', waiting);
    check('payment_intent', action);
    check('payment_intent', await ask(`/v1/payment_intents/${action['id']}/cancel`, ''));
    check('error', await ask('/v1/payment_intents', `${body}&payment_method=pm_card_chargeDeclined`));
    check('setup_intent', await ask('/v1/setup_intents', 'payment_method=pm_card_visa&confirm=true'));
    const setup = await ask('/v1/setup_intents', `customer=${customer['id']}`);
    check('setup_intent', setup);
    check('setup_intent', await ask(`/v1/setup_intents/${setup['id']}/cancel`, ''));
    const paid = await ask('/v1/payment_intents', `${body}&payment_method=${method['id']}`);
    await ask(`/v1/payment_intents/${paid['id']}/capture`, 'amount_to_capture=4000');
    for (const inquiry of ['true', 'false']) {
      const dispute = await ask(`/simulator/payment_intents/${paid['id']}/dispute`, `inquiry=${inquiry}`);
      check('dispute', dispute);
      const words = 'evidence[uncategorized_text]=they came&submit=true';
      check('dispute', await ask(`/v1/disputes/${dispute['id']}`, words));
      check('dispute', await ask(`/simulator/disputes/${dispute['id']}/settle`, 'outcome=won'));
    }
    const visit = 'success_url=https://app.example/&mode';
    const lines = 'line_items[0][quantity]=1&line_items[0][price_data][currency]=eur';
    const price =
      'line_items[0][price_data][unit_amount]=900&line_items[0][price_data][product_data][name]=Pass';
    for (const form of [`${visit}=setup&currency=eur`, `${visit}=payment&${lines}&${price}`]) {
      const session = await ask('/v1/checkout/sessions', form);
      check('checkout.session', session);
      check('checkout.session', await ask(`/v1/checkout/sessions/${session['id']}/expire`, ''));
    }
    check('payout', await ask('/v1/payouts', 'amount=100&currency=eur'));
    for (const list of [
      'balance_transactions',
      'disputes',
      'charges',
      'payment_intents',
      'refunds',
      'payouts',
    ]) {
      const { data } = (await ask(`/v1/${list}?limit=100&created[gte]=1`)) as { data: object[] };
      const schema = list.slice(0, -1);
      expect([list, data.length > 0]).toEqual([list, true]);
      for (const item of data) check(schema, item);
    }
    const events = (await ask('/v1/events?limit=100')) as { data: Record<string, unknown>[] };
    for (const event of events.data) check('event', event);
    await simulator.stop();

    expect(violations).toEqual([]);
    // The check can fail: a status that Stripe does not know is noticed.
    check('payment_intent', { ...intent, latest_charge: null, status: 'paid' });
    expect(violations).toHaveLength(1);
  });
});
