import { ApiError, missingResource } from './api-error.ts';
import { customerOf } from './customers.ts';
import {
  anyObject,
  metadata,
  oneOf,
  optionalFlag,
  optionalText,
  readParameters,
  words,
} from './parameters.ts';
import { declined, methodOf } from './payment-methods.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import { testCard } from './test-cards.ts';
import type { SetupIntent } from './wire-objects.ts';

function setupIntentOf(call: Call): SetupIntent {
  const id = call.ids[0] ?? '';
  const intent = call.simulator.state.tables.setupIntents[id];
  if (intent === undefined) throw missingResource('setup_intent', id, 'intent');
  return intent;
}

function create(call: Call): SetupIntent {
  const { state } = call.simulator;
  const given = readParameters(call.parameters, {
    customer: optionalText,
    payment_method: optionalText,
    usage: oneOf('on_session', 'off_session'),
    confirm: optionalFlag,
    automatic_payment_methods: anyObject,
    return_url: optionalText,
    metadata,
    expand: words,
  });
  if (given.customer !== undefined) customerOf(call, given.customer);
  const id = newId('seti');
  const intent: SetupIntent = {
    id,
    object: 'setup_intent',
    client_secret: `${id}_${newId('secret')}`,
    created: state.now(),
    customer: given.customer ?? null,
    last_setup_error: null,
    livemode: false,
    metadata: given.metadata,
    next_action: null,
    payment_method: given.payment_method === undefined ? null : methodOf(call, given.payment_method).id,
    payment_method_types: ['card'],
    status: given.payment_method === undefined ? 'requires_payment_method' : 'requires_confirmation',
    usage: given.usage ?? 'off_session',
  };
  state.tables.setupIntents[id] = intent;
  call.simulator.announce(call, 'setup_intent.created', intent);
  if (given.confirm === true) setUp(call, intent);
  return intent;
}

function confirm(call: Call): SetupIntent {
  const given = readParameters(call.parameters, { payment_method: optionalText, return_url: optionalText });
  const intent = setupIntentOf(call);
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw new ApiError(`You cannot confirm this SetupIntent because it has a status of ${intent.status}.`, {
      code: 'setup_intent_unexpected_state',
    });
  }
  if (given.payment_method !== undefined) intent.payment_method = methodOf(call, given.payment_method).id;
  setUp(call, intent);
  return intent;
}

function setUp(call: Call, intent: SetupIntent): void {
  const method = methodOf(call, intent.payment_method ?? '');
  const card = testCard(method.testCard);
  if (card.declined !== undefined) {
    intent.status = 'requires_payment_method';
    intent.last_setup_error = { code: 'card_declined', decline_code: card.declined, type: 'card_error' };
    call.simulator.announce(call, 'setup_intent.setup_failed', intent);
    throw declined(card.declined, { setup_intent: { ...intent } });
  }
  if (card.needsAuthentication === true) {
    intent.status = 'requires_action';
    intent.next_action = { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } };
    call.simulator.announce(call, 'setup_intent.requires_action', intent);
    return;
  }
  method.customer = intent.customer;
  intent.status = 'succeeded';
  call.simulator.announce(call, 'setup_intent.succeeded', intent);
}

export const setupIntentRoutes: Route[] = [
  { method: 'POST', path: '/v1/setup_intents', answer: create },
  { method: 'GET', path: '/v1/setup_intents/:id', answer: setupIntentOf },
  { method: 'POST', path: '/v1/setup_intents/:id/confirm', answer: confirm },
];
