import { Stripe } from 'stripe';
import { toNumber } from '../money/minor-units.ts';
import type { Outcome, PaymentProcessor } from './payment-processor.ts';
import { eventFacts, intentFacts, metadataOf, methodFacts, refundFacts } from './stripe-facts.ts';
import { toWire } from './wire-amount.ts';

const TIMEOUT_MS = 15_000;
const EXPAND = { expand: ['latest_charge'] };

export interface StripeSettings {
  apiKey: string;
  /** The simulator's address; undefined is Stripe itself. */
  apiBase: string | undefined;
}

/**
 * The only user of the `stripe` package but for webhooks. Its traps are closed here: automatic
 * retries are off but one resend remains, so every POST carries our own key; a 422 without an `error` resolves, so status
 * and object are asserted; telemetry is off.
 */
export function openStripeProcessor(settings: StripeSettings): PaymentProcessor {
  const stripe = new Stripe(settings.apiKey, {
    ...addressOf(settings.apiBase),
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: TIMEOUT_MS,
  });
  return { ...methodCalls(stripe), ...intentCalls(stripe), ...lookUps(stripe) };
}

const keyed = (key: string) => ({ idempotencyKey: key });
const readMethod = { object: 'payment_method', read: methodFacts };
const readIntent = { object: 'payment_intent', read: intentFacts };

type Calls<Name extends keyof PaymentProcessor> = Pick<PaymentProcessor, Name>;

function methodCalls(stripe: Stripe): Calls<'createCustomer' | 'attachMethod' | 'detachMethod'> {
  return {
    createCustomer: ({ key, organizationId, clientId }) => {
      // Ids only: the processor learns neither name nor address.
      const metadata = { organization_id: organizationId, client_id: clientId };
      return ask({ object: 'customer', read: ({ id }) => id }, () =>
        stripe.customers.create({ metadata }, keyed(key)),
      );
    },
    attachMethod: ({ key, token, customerReference }) =>
      ask(readMethod, () => stripe.paymentMethods.attach(token, { customer: customerReference }, keyed(key))),
    detachMethod: ({ key, methodReference }) =>
      ask({ object: 'payment_method', read: () => null }, () =>
        stripe.paymentMethods.detach(methodReference, {}, keyed(key)),
      ),
  };
}

function intentCalls(stripe: Stripe): Calls<'authorize' | 'capture' | 'cancel' | 'refund'> {
  return {
    authorize: async ({ key, customerReference, methodReference, origin, ...amount }) => {
      const wire = toWire(amount);
      if (!wire.possible) return { kind: 'REJECTED', code: wire.why };
      const intent = {
        amount: wire.amount,
        currency: wire.currency,
        customer: customerReference,
        payment_method: methodReference,
        capture_method: 'manual',
        confirm: true,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        metadata: metadataOf(origin),
        ...EXPAND,
      } as const;
      return ask(readIntent, () => stripe.paymentIntents.create(intent, keyed(key)));
    },
    capture: ({ key, intentReference, amountMinor }) => {
      const amount = { amount_to_capture: toNumber(amountMinor), ...EXPAND };
      return ask(readIntent, () => stripe.paymentIntents.capture(intentReference, amount, keyed(key)));
    },
    cancel: ({ key, intentReference }) =>
      ask(readIntent, () => stripe.paymentIntents.cancel(intentReference, EXPAND, keyed(key))),
    refund: ({ key, intentReference, amountMinor, origin }) => {
      const amount = toNumber(amountMinor);
      const refund = { payment_intent: intentReference, amount, metadata: metadataOf(origin) };
      return ask({ object: 'refund', read: refundFacts }, () => stripe.refunds.create(refund, keyed(key)));
    },
  };
}

function lookUps(stripe: Stripe): Calls<'readIntent' | 'findIntentByOp' | 'listRefunds' | 'readEvent'> {
  const retrieve = (reference: string) =>
    ask(readIntent, () => stripe.paymentIntents.retrieve(reference, EXPAND));
  return {
    readIntent: retrieve,
    findIntentByOp: async (opId) => {
      const query = `metadata['payment_op_id']:'${opId}'`;
      const found = await ask({ object: 'search_result', read: ({ data }) => data[0]?.id }, () =>
        stripe.paymentIntents.search({ query }),
      );
      if (found.kind !== 'DONE') return found;
      // A search answers from an index; the object itself says how things stand now.
      return found.value === undefined ? { kind: 'DONE', value: null } : retrieve(found.value);
    },
    listRefunds: (reference) =>
      ask({ object: 'list', read: ({ data }) => data.map((refund) => refundFacts(refund)) }, () =>
        stripe.refunds.list({ payment_intent: reference, limit: 100 }),
      ),
    readEvent: (eventId) => ask({ object: 'event', read: eventFacts }, () => stripe.events.retrieve(eventId)),
  };
}

/** Unencrypted HTTP is for this machine alone; configuration refuses it too, with a sentence. */
function addressOf(apiBase: string | undefined): {
  host?: string;
  port?: string;
  protocol?: 'http' | 'https';
} {
  if (apiBase === undefined) return {};
  const { protocol, hostname, port } = new URL(apiBase);
  const plain = protocol === 'http:';
  if (plain && !isLoopback(hostname)) throw new Error('The payment processor is only reached over https.');
  return { host: hostname, port: port || (plain ? '80' : '443'), protocol: plain ? 'http' : 'https' };
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** An answer of the SDK, with the HTTP response it keeps beside it. */
interface Answer {
  object: string;
  lastResponse: { statusCode: number };
}

async function ask<Response extends Answer, Value>(
  expected: { object: string; read: (response: Response) => Value },
  call: () => Promise<Response>,
): Promise<Outcome<Value>> {
  let response: Response;
  try {
    response = await call();
  } catch (error) {
    return outcomeOf(error);
  }
  try {
    if (response.lastResponse.statusCode !== 200 || response.object !== expected.object) {
      return { kind: 'UNKNOWN', why: 'the answer is not the expected object' };
    }
    return { kind: 'DONE', value: expected.read(response) };
  } catch {
    return { kind: 'UNKNOWN', why: 'the answer could not be read' };
  }
}

/**
 * Definitive is only what the processor itself says about this very request: a card error, or an invalid request. Never
 * an idempotency error (another request has the key), a conflict, a rate limit, a wrong key of ours, or silence.
 */
function outcomeOf(error: unknown): Outcome<never> {
  if (!(error instanceof Stripe.errors.StripeError)) {
    return { kind: 'UNKNOWN', why: 'the processor could not be reached' };
  }
  const code = error.code ?? error.type;
  const status = error.statusCode ?? 0;
  const definitive =
    (error.type === 'StripeCardError' && status === 402) ||
    (error.type === 'StripeInvalidRequestError' && [400, 402, 404].includes(status));
  // Codes are words of the processor's catalogue; its messages may quote what was sent, so they stay out of logs.
  return definitive ? { kind: 'REJECTED', code } : { kind: 'UNKNOWN', why: code };
}
