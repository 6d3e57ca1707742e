import { ApiError, invalidParameter, missingResource } from './api-error.ts';
import { isDemanded, requireSecret } from './authentication.ts';
import { attemptCharge, captureCharge, releaseCharge } from './charges.ts';
import { customerOf } from './customers.ts';
import { expanded } from './expansion.ts';
import { listOf, listParameters } from './lists.ts';
import { newIntent } from './new-intent.ts';
import {
  anyObject,
  integer,
  metadata,
  oneOf,
  optionalFlag,
  optionalInteger,
  optionalText,
  readParameters,
  text,
  words,
} from './parameters.ts';
import { methodOf } from './payment-methods.ts';
import type { Call, Route } from './routes.ts';
import type { IntentStatus, PaymentIntent } from './wire-objects.ts';

export function intentOf(call: Call, id: string): PaymentIntent {
  const intent = call.simulator.state.tables.paymentIntents[id];
  if (intent === undefined) throw missingResource('payment_intent', id, 'intent');
  return intent;
}

function answered(call: Call, intent: PaymentIntent, expand: string[]): object {
  return expanded(call.simulator.state.tables, intent, expand);
}

function unexpectedState(intent: PaymentIntent, action: string): ApiError {
  return new ApiError(
    `You cannot ${action} this PaymentIntent because it has a status of ${intent.status}.`,
    {
      code: 'payment_intent_unexpected_state',
      details: { payment_intent: intent },
    },
  );
}

function allowOnly(intent: PaymentIntent, action: string, allowed: IntentStatus[]): void {
  if (!allowed.includes(intent.status)) throw unexpectedState(intent, action);
}

function create(call: Call): object {
  const given = readParameters(call.parameters, {
    amount: integer,
    currency: text,
    customer: optionalText,
    payment_method: optionalText,
    capture_method: oneOf('automatic', 'automatic_async', 'manual'),
    confirm: optionalFlag,
    off_session: optionalFlag,
    automatic_payment_methods: anyObject,
    payment_method_options: anyObject,
    setup_future_usage: oneOf('on_session', 'off_session'),
    return_url: optionalText,
    description: optionalText,
    metadata,
    expand: words,
  });
  if (given.amount < 1) {
    throw invalidParameter('Invalid positive integer', 'amount', 'parameter_invalid_integer');
  }
  if (!/^[a-z]{3}$/.test(given.currency)) {
    throw invalidParameter(`Invalid currency: ${given.currency}`, 'currency', 'invalid_currency');
  }
  if (given.customer !== undefined) customerOf(call, given.customer);
  const method = given.payment_method === undefined ? undefined : methodOf(call, given.payment_method);
  if (method !== undefined && method.customer !== null && method.customer !== (given.customer ?? null)) {
    throw new ApiError('The provided PaymentMethod belongs to a different Customer.', {
      parameter: 'payment_method',
      beforeExecution: true,
    });
  }
  const intent = newIntent(call, {
    amount: given.amount,
    currency: given.currency,
    customer: given.customer,
    captureMethod: given.capture_method,
    description: given.description,
    metadata: given.metadata,
    method: method?.id,
    setupFutureUsage: given.setup_future_usage,
  });
  if (given.confirm === true) {
    attemptCharge(call, intent, {
      offSession: given.off_session === true,
      demanded: isDemanded(given.payment_method_options),
      returnUrl: given.return_url,
    });
  }
  return answered(call, intent, given.expand);
}

function confirm(call: Call): object {
  const given = readParameters(call.parameters, {
    payment_method: optionalText,
    off_session: optionalFlag,
    payment_method_options: anyObject,
    client_secret: optionalText,
    return_url: optionalText,
    expand: words,
  });
  const intent = intentOf(call, call.ids[0] ?? '');
  requireSecret(call, intent, given.client_secret);
  allowOnly(intent, 'confirm', ['requires_payment_method', 'requires_confirmation', 'requires_action']);
  if (given.payment_method !== undefined) intent.payment_method = methodOf(call, given.payment_method).id;
  attemptCharge(call, intent, {
    offSession: given.off_session === true,
    demanded: isDemanded(given.payment_method_options),
    returnUrl: given.return_url,
  });
  return answered(call, intent, given.expand);
}

function capture(call: Call): object {
  const given = readParameters(call.parameters, {
    amount_to_capture: optionalInteger,
    metadata,
    expand: words,
  });
  const intent = intentOf(call, call.ids[0] ?? '');
  allowOnly(intent, 'capture', ['requires_capture']);
  const amount = given.amount_to_capture ?? intent.amount_capturable;
  if (amount < 1 || amount > intent.amount_capturable) {
    throw new ApiError('The amount to capture is more than what is authorized.', {
      code: 'amount_too_large',
      parameter: 'amount_to_capture',
    });
  }
  captureCharge(call, intent, amount);
  return answered(call, intent, given.expand);
}

function cancel(call: Call): object {
  const given = readParameters(call.parameters, {
    cancellation_reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'),
    expand: words,
  });
  const intent = intentOf(call, call.ids[0] ?? '');
  allowOnly(intent, 'cancel', [
    'requires_payment_method',
    'requires_confirmation',
    'requires_action',
    'requires_capture',
  ]);
  releaseCharge(call, intent, given.cancellation_reason ?? null);
  return answered(call, intent, given.expand);
}

function retrieve(call: Call): object {
  const given = readParameters(call.parameters, { expand: words, client_secret: optionalText });
  const intent = intentOf(call, call.ids[0] ?? '');
  requireSecret(call, intent, given.client_secret);
  return answered(call, intent, given.expand);
}

/** The one form of Stripe's search language that is needed: `metadata['name']:'value'`. */
function search(call: Call): object {
  const given = readParameters(call.parameters, { query: text, limit: optionalInteger, expand: words });
  const asked = /^metadata\[['"]([\w-]+)['"]\]:['"]([\w-]+)['"]$/.exec(given.query);
  const [, name = '', value = ''] = asked ?? [];
  if (asked === null) throw invalidParameter('The query is not understood.', 'query', 'query_invalid');
  const found = Object.values(call.simulator.state.tables.paymentIntents).filter(
    (intent) => intent.metadata[name] === value,
  );
  return {
    object: 'search_result',
    url: '/v1/payment_intents/search',
    has_more: false,
    next_page: null,
    data: found.slice(0, given.limit ?? 10),
  };
}

function list(call: Call): object {
  const given = readParameters(call.parameters, { ...listParameters, customer: optionalText, expand: words });
  const { tables } = call.simulator.state;
  const all = Object.values(tables.paymentIntents);
  const found = given.customer === undefined ? all : all.filter((item) => item.customer === given.customer);
  return expanded(tables, listOf('/v1/payment_intents', found, given), given.expand);
}

const path = '/v1/payment_intents';
export const paymentIntentRoutes: Route[] = [
  { method: 'POST', path, answer: create },
  { method: 'GET', path, answer: list },
  { method: 'GET', path: `${path}/search`, answer: search },
  { method: 'GET', path: `${path}/:id`, answer: retrieve, withPublishableKey: true },
  { method: 'POST', path: `${path}/:id/confirm`, answer: confirm, withPublishableKey: true },
  { method: 'POST', path: `${path}/:id/capture`, answer: capture },
  { method: 'POST', path: `${path}/:id/cancel`, answer: cancel },
];
