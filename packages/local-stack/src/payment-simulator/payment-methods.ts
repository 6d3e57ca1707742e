import { createHash } from 'node:crypto';

import { ApiError, missingResource } from './api-error.ts';
import { customerOf } from './customers.ts';
import { metadata, optionalInteger, optionalText, readParameters, text, anyObject } from './parameters.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import type { Tables } from './simulator-state.ts';
import { testCard, testCardName } from './test-cards.ts';
import type { PaymentMethod } from './wire-objects.ts';

type Stored = Tables['paymentMethods'][string];

/** What the outside sees: without the name of the behaviour behind it. */
export function shown({ testCard: _behaviour, setUp: _known, ...method }: Stored): PaymentMethod {
  return method;
}

export function newMethod(call: Call, name: string): Stored {
  const { state } = call.simulator;
  const card = testCard(name);
  const method: Stored = {
    id: newId('pm'),
    object: 'payment_method',
    created: state.now(),
    livemode: false,
    type: 'card',
    customer: null,
    metadata: {},
    billing_details: { address: null, email: null, name: null, phone: null },
    card: {
      brand: card.brand,
      country: card.country ?? 'US',
      exp_month: 8,
      exp_year: new Date(state.now() * 1000).getUTCFullYear() + 4,
      // The same card has the same fingerprint, whatever token it came by.
      fingerprint: createHash('sha256').update(`test card ${card.last4}`).digest('base64url').slice(0, 16),
      funding: card.funding,
      last4: card.last4,
    },
    testCard: name,
  };
  state.tables.paymentMethods[method.id] = method;
  return method;
}

/** A payment method by its id; a well-known `pm_card_…` stands for a fresh one with that behaviour, as at Stripe. */
export function methodOf(call: Call, id: string, parameter = 'payment_method'): Stored {
  const name = id.startsWith('pm_card_') ? testCardName(id) : undefined;
  if (name !== undefined) return newMethod(call, name);
  const method = call.simulator.state.tables.paymentMethods[id];
  if (method === undefined) throw missingResource('PaymentMethod', id, parameter);
  return method;
}

/** What the browser or phone does with its publishable key; no card number is part of this world. */
function createMethod(call: Call): PaymentMethod {
  const given = readParameters(call.parameters, {
    type: text,
    card: anyObject,
    metadata,
    billing_details: anyObject,
  });
  const card = readParameters(given.card ?? {}, { token: text });
  const name = testCardName(card.token);
  if (given.type !== 'card' || name === undefined) {
    throw missingResource('token', card.token, 'card[token]');
  }
  return shown(newMethod(call, name));
}

function attach(call: Call): PaymentMethod {
  const given = readParameters(call.parameters, { customer: text, expand: optionalText });
  const customer = customerOf(call, given.customer);
  const method = methodOf(call, call.ids[0] ?? '');
  const refusal = testCard(method.testCard).declined;
  if (refusal !== undefined) throw declined(refusal);
  if (method.customer !== null && method.customer !== customer.id) {
    throw new ApiError('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
    });
  }
  method.customer = customer.id;
  call.simulator.announce(call, 'payment_method.attached', shown(method));
  return shown(method);
}

/** A card that was renewed keeps its number; what changes is how long it lasts. */
function update(call: Call): PaymentMethod {
  const given = readParameters(call.parameters, { card: anyObject, metadata, billing_details: anyObject });
  const method = methodOf(call, call.ids[0] ?? '');
  const card = readParameters(given.card ?? {}, { exp_month: optionalInteger, exp_year: optionalInteger });
  method.card.exp_month = card.exp_month ?? method.card.exp_month;
  method.card.exp_year = card.exp_year ?? method.card.exp_year;
  Object.assign(method.metadata, given.metadata);
  call.simulator.announce(call, 'payment_method.updated', shown(method));
  return shown(method);
}

function detach(call: Call): PaymentMethod {
  readParameters(call.parameters, {});
  const method = methodOf(call, call.ids[0] ?? '');
  if (method.customer === null) {
    throw new ApiError(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
      {
        code: 'payment_method_unexpected_state',
      },
    );
  }
  method.customer = null;
  call.simulator.announce(call, 'payment_method.detached', shown(method));
  return shown(method);
}

/** Stripe's card error: the reason in `decline_code`, the family in `code`. */
export function declined(reason: string, details: Record<string, unknown> = {}): ApiError {
  const code = reason === 'expired_card' || reason === 'authentication_required' ? reason : 'card_declined';
  return new ApiError('Your card was declined.', {
    status: 402,
    type: 'card_error',
    code,
    details: { decline_code: reason, ...details },
  });
}

export const paymentMethodRoutes: Route[] = [
  { method: 'POST', path: '/v1/payment_methods', answer: createMethod, withPublishableKey: true },
  { method: 'POST', path: '/v1/payment_methods/:id', answer: update },
  {
    method: 'GET',
    path: '/v1/payment_methods/:id',
    answer: (call) => shown(methodOf(call, call.ids[0] ?? '')),
  },
  { method: 'POST', path: '/v1/payment_methods/:id/attach', answer: attach },
  { method: 'POST', path: '/v1/payment_methods/:id/detach', answer: detach },
];
