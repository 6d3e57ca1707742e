import { invalidParameter, missingResource } from './api-error.ts';
import { customerOf } from './customers.ts';
import { expanded } from './expansion.ts';
import {
  anyObject,
  integer,
  metadata,
  oneOf,
  optionalInteger,
  optionalText,
  readParameters,
  text,
  words,
} from './parameters.ts';
import type { Call, Route } from './routes.ts';
import { newSetupIntent } from './setup-intents.ts';
import { newId } from './simulator-state.ts';
import type { Tables } from './simulator-state.ts';
import type { CheckoutSession } from './wire-objects.ts';

type Stored = Tables['sessions'][string];

const SECONDS_OPEN = 24 * 3600;
const SECONDS_OPEN_MIN = 30 * 60;

/** What the outside sees of a visit: without what its intent will be made with. */
export function shownSession({ intentData: _later, ...session }: Stored): CheckoutSession {
  return session;
}

/** A visit to the hosted page; one whose time has run out says so as soon as somebody looks. */
export function sessionOf(call: Call, id: string): Stored {
  const session = call.simulator.state.tables.sessions[id];
  if (session === undefined) throw missingResource('checkout.session', id, 'session');
  if (session.status === 'open' && call.simulator.state.now() >= session.expires_at) close(call, session);
  return session;
}

function close(call: Call, session: Stored): void {
  session.status = 'expired';
  session.url = null;
  call.simulator.announce(null, 'checkout.session.expired', shownSession(session));
}

/** The card is known, or the money is reserved: the visit has reached its aim. */
export function complete(call: Call, session: Stored): void {
  if (session.status !== 'open') return;
  session.status = 'complete';
  session.url = null;
  if (session.mode === 'payment') session.payment_status = 'paid';
  call.simulator.announce(null, 'checkout.session.completed', shownSession(session));
}

function readVisit(call: Call) {
  const { now } = call.simulator.state;
  const given = readParameters(call.parameters, {
    mode: oneOf('setup', 'payment'),
    customer: optionalText,
    currency: optionalText,
    allowed_payment_method_types: words,
    success_url: text,
    cancel_url: optionalText,
    expires_at: optionalInteger,
    client_reference_id: optionalText,
    metadata,
    setup_intent_data: anyObject,
    payment_method_options: anyObject,
    payment_intent_data: anyObject,
    line_items: anyList,
    locale: optionalText,
    expand: words,
  });
  for (const url of [given.success_url, given.cancel_url]) {
    if (url !== undefined && !/^https?:\/\//.test(url)) {
      throw invalidParameter('Not a valid URL.', 'success_url', 'url_invalid');
    }
  }
  const expiresAt = given.expires_at ?? now() + SECONDS_OPEN;
  if (expiresAt < now() + SECONDS_OPEN_MIN || expiresAt > now() + SECONDS_OPEN) {
    throw invalidParameter(
      'expires_at must be between 30 minutes and 24 hours from now.',
      'expires_at',
      'parameter_invalid_integer',
    );
  }
  const mode = given.mode ?? 'payment';
  if (mode === 'setup' && given.currency === undefined && given.allowed_payment_method_types.length === 0) {
    throw invalidParameter('Missing required param: currency.', 'currency', 'parameter_missing');
  }
  if (given.customer !== undefined) customerOf(call, given.customer);
  return { ...given, expiresAt, mode };
}

function create(call: Call): object {
  const { state } = call.simulator;
  const given = readVisit(call);
  const id = `cs_test_${newId('a').slice(2)}`;
  const about = readParameters(given.setup_intent_data ?? {}, { metadata, description: optionalText });
  const intent = readParameters(given.payment_intent_data ?? {}, {
    metadata,
    capture_method: oneOf('automatic', 'manual'),
  });
  const setup = given.mode === 'setup' ? newSetupIntent(call, { ...given, ...about }) : undefined;
  const price = given.mode === 'payment' ? priceOf(given.line_items) : undefined;
  const session: Stored = {
    ...emptySession,
    id,
    amount_total: price?.amount ?? null,
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    created: state.now(),
    currency: price?.currency ?? given.currency ?? null,
    customer: given.customer ?? null,
    expires_at: given.expiresAt,
    metadata: given.metadata,
    mode: given.mode,
    payment_status: given.mode === 'setup' ? 'no_payment_required' : 'unpaid',
    setup_intent: setup?.id ?? null,
    success_url: given.success_url,
    url: `${call.simulator.publicUrl()}/pay/${id}`,
    intentData: {
      metadata: intent.metadata,
      captureMethod: intent.capture_method ?? 'automatic',
      title: price?.title ?? 'A card for later',
    },
  };
  state.tables.sessions[id] = session;
  return expanded(state.tables, shownSession(session), given.expand);
}

const emptySession = {
  object: 'checkout.session',
  automatic_tax: { enabled: false, liability: null, status: null },
  custom_fields: [],
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  livemode: false,
  payment_intent: null,
  payment_method_types: ['card'],
  shipping_options: [],
  status: 'open',
} satisfies Partial<CheckoutSession>;

const anyList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** One line is enough: what is paid for is one thing. */
function priceOf(lines: unknown[]): { amount: number; currency: string; title: string } {
  const [line] = lines;
  if (lines.length !== 1 || typeof line !== 'object' || line === null) {
    throw invalidParameter('Exactly one line item is needed.', 'line_items', 'parameter_missing');
  }
  const { price_data: price } = readParameters({ ...line }, { quantity: integer, price_data: anyObject });
  const given = readParameters(price ?? {}, {
    currency: text,
    unit_amount: integer,
    product_data: anyObject,
  });
  const { name } = readParameters(given.product_data ?? {}, { name: text });
  return { amount: given.unit_amount, currency: given.currency, title: name };
}

function retrieve(call: Call): object {
  const given = readParameters(call.parameters, { expand: words });
  const session = shownSession(sessionOf(call, call.ids[0] ?? ''));
  return expanded(call.simulator.state.tables, session, given.expand);
}

function expire(call: Call): object {
  readParameters(call.parameters, { expand: words });
  const session = sessionOf(call, call.ids[0] ?? '');
  if (session.status !== 'open') {
    throw invalidParameter('Only an open session can be expired.', 'session', 'checkout_session_not_open');
  }
  close(call, session);
  return shownSession(session);
}

const path = '/v1/checkout/sessions';
export const checkoutSessionRoutes: Route[] = [
  { method: 'POST', path, answer: create },
  { method: 'GET', path: `${path}/:id`, answer: retrieve },
  { method: 'POST', path: `${path}/:id/expire`, answer: expire },
];
