import { ApiError, missingResource } from './api-error.ts';
import { askCardholder, isDemanded, requireSecret } from './authentication.ts';
import { customerOf } from './customers.ts';
import { expanded } from './expansion.ts';
import { listOf, listParameters } from './lists.ts';
import {
  anyObject,
  metadata,
  oneOf,
  optionalFlag,
  optionalText,
  readParameters,
  words,
} from './parameters.ts';
import { declined, methodOf, shown } from './payment-methods.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import { testCard } from './test-cards.ts';
import type { SetupIntent } from './wire-objects.ts';

export function setupIntentOf(call: Call, id: string): SetupIntent {
  const intent = call.simulator.state.tables.setupIntents[id];
  if (intent === undefined) throw missingResource('setup_intent', id, 'intent');
  return intent;
}

function create(call: Call): object {
  const given = readParameters(call.parameters, {
    customer: optionalText,
    payment_method: optionalText,
    usage: oneOf('on_session', 'off_session'),
    confirm: optionalFlag,
    automatic_payment_methods: anyObject,
    payment_method_options: anyObject,
    return_url: optionalText,
    metadata,
    expand: words,
  });
  if (given.customer !== undefined) customerOf(call, given.customer);
  const intent = newSetupIntent(call, given);
  if (given.payment_method !== undefined) {
    intent.payment_method = methodOf(call, given.payment_method).id;
    intent.status = 'requires_confirmation';
  }
  if (given.confirm === true) setUp(call, intent, { returnUrl: given.return_url });
  return expanded(call.simulator.state.tables, intent, given.expand);
}

export function newSetupIntent(
  call: Call,
  about: {
    customer?: string | undefined;
    metadata: Record<string, string>;
    usage?: SetupIntent['usage'] | undefined;
    payment_method_options?: Record<string, unknown> | undefined;
  },
): SetupIntent {
  const { state } = call.simulator;
  const id = newId('seti');
  const intent: SetupIntent = {
    id,
    object: 'setup_intent',
    client_secret: `${id}_${newId('secret')}`,
    created: state.now(),
    customer: about.customer ?? null,
    last_setup_error: null,
    livemode: false,
    metadata: about.metadata,
    next_action: null,
    payment_method: null,
    payment_method_options: isDemanded(about.payment_method_options)
      ? { card: { mandate_options: null, network: null, request_three_d_secure: 'any' } }
      : null,
    payment_method_types: ['card'],
    status: 'requires_payment_method',
    usage: about.usage ?? 'off_session',
  };
  state.tables.setupIntents[id] = intent;
  call.simulator.announce(call, 'setup_intent.created', intent);
  return intent;
}

function confirm(call: Call): object {
  const given = readParameters(call.parameters, {
    payment_method: optionalText,
    client_secret: optionalText,
    return_url: optionalText,
    expand: words,
  });
  const intent = setupIntentOf(call, call.ids[0] ?? '');
  requireSecret(call, intent, given.client_secret);
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw new ApiError(`You cannot confirm this SetupIntent because it has a status of ${intent.status}.`, {
      code: 'setup_intent_unexpected_state',
    });
  }
  if (given.payment_method !== undefined) intent.payment_method = methodOf(call, given.payment_method).id;
  setUp(call, intent, { returnUrl: given.return_url });
  return expanded(call.simulator.state.tables, intent, given.expand);
}

/** Asks the bank of the card, once, whether it may be used while its holder is away. */
export function setUp(
  call: Call,
  intent: SetupIntent,
  { authenticated = false, returnUrl }: { authenticated?: boolean; returnUrl?: string | undefined } = {},
): void {
  const method = methodOf(call, intent.payment_method ?? '');
  const card = testCard(method.testCard);
  if (card.declined !== undefined) return refuseSetup(call, intent, card.declined);
  const isAsked = card.needsAuthentication !== undefined || intent.payment_method_options !== null;
  if (isAsked && !authenticated) {
    askCardholder(call, intent, returnUrl);
    call.simulator.announce(call, 'setup_intent.requires_action', intent);
    return;
  }
  method.customer ??= intent.customer;
  method.setUp = true;
  intent.status = 'succeeded';
  intent.next_action = null;
  intent.last_setup_error = null;
  if (method.customer !== null) call.simulator.announce(call, 'payment_method.attached', shown(method));
  call.simulator.announce(call, 'setup_intent.succeeded', intent);
}

function refuseSetup(call: Call, intent: SetupIntent, reason: string): never {
  intent.status = 'requires_payment_method';
  intent.payment_method = null;
  intent.next_action = null;
  intent.last_setup_error = { code: 'card_declined', decline_code: reason, type: 'card_error' };
  call.simulator.announce(call, 'setup_intent.setup_failed', intent);
  throw declined(reason, { setup_intent: { ...intent } });
}

function cancel(call: Call): object {
  const given = readParameters(call.parameters, {
    cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer'),
    expand: words,
  });
  const intent = setupIntentOf(call, call.ids[0] ?? '');
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw new ApiError(`You cannot cancel this SetupIntent because it has a status of ${intent.status}.`, {
      code: 'setup_intent_unexpected_state',
    });
  }
  intent.status = 'canceled';
  intent.next_action = null;
  call.simulator.announce(call, 'setup_intent.canceled', intent);
  return expanded(call.simulator.state.tables, intent, given.expand);
}

function retrieve(call: Call): object {
  const given = readParameters(call.parameters, { client_secret: optionalText, expand: words });
  const intent = setupIntentOf(call, call.ids[0] ?? '');
  requireSecret(call, intent, given.client_secret);
  return expanded(call.simulator.state.tables, intent, given.expand);
}

function list(call: Call): object {
  const given = readParameters(call.parameters, { ...listParameters, customer: optionalText, expand: words });
  const { tables } = call.simulator.state;
  const all = Object.values(tables.setupIntents);
  const found = given.customer === undefined ? all : all.filter((item) => item.customer === given.customer);
  return expanded(tables, listOf('/v1/setup_intents', found, given), given.expand);
}

const path = '/v1/setup_intents';
export const setupIntentRoutes: Route[] = [
  { method: 'POST', path, answer: create },
  { method: 'GET', path, answer: list },
  { method: 'GET', path: `${path}/:id`, answer: retrieve, withPublishableKey: true },
  { method: 'POST', path: `${path}/:id/confirm`, answer: confirm, withPublishableKey: true },
  { method: 'POST', path: `${path}/:id/cancel`, answer: cancel },
];
