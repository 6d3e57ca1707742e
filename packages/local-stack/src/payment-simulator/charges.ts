import { missingResource } from './api-error.ts';
import { askCardholder } from './authentication.ts';
import { book, chargeFee } from './balance.ts';
import { openDispute } from './disputes.ts';
import { expanded } from './expansion.ts';
import { listOf, listParameters } from './lists.ts';
import { optionalText, readParameters, words } from './parameters.ts';
import { declined, methodOf } from './payment-methods.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import { testCard } from './test-cards.ts';
import type { Charge, PaymentIntent } from './wire-objects.ts';

/** How long an authorization lasts here. At Stripe it depends on card and merchant: read it, never assume it. */
const AUTHORIZATION_SECONDS = 7 * 24 * 3600;

interface Attempt {
  offSession: boolean;
  authenticated?: boolean;
  /** `request_three_d_secure: any`: the shop insists, whatever the bank would do. */
  demanded?: boolean;
  returnUrl?: string | undefined;
}

/** Confirms an intent: authorizes or charges it, asks for authentication, or declines. */
export function attemptCharge(call: Call, intent: PaymentIntent, how: Attempt): void {
  const method = methodOf(call, intent.payment_method ?? '');
  intent.payment_method = method.id;
  const card = testCard(method.testCard);
  const settled = method.setUp === true && card.needsAuthentication === 'unless_set_up';
  const asks = how.demanded === true || (card.needsAuthentication !== undefined && !settled);
  if (asks && how.authenticated !== true) {
    if (how.offSession) return refuse(call, intent, 'authentication_required');
    askCardholder(call, intent, how.returnUrl);
    call.simulator.announce(call, 'payment_intent.requires_action', intent);
    return;
  }
  const refusal = card.declined ?? card.declinedWhenCharged;
  if (refusal !== undefined) return refuse(call, intent, refusal);
  if (intent.setup_future_usage !== null) {
    method.setUp = true;
    method.customer ??= intent.customer;
  }
  succeed(call, intent);
}

function succeed(call: Call, intent: PaymentIntent): void {
  const { state } = call.simulator;
  const charge = newCharge(call, intent);
  state.tables.charges[charge.id] = charge;
  intent.latest_charge = charge.id;
  intent.last_payment_error = null;
  intent.next_action = null;
  if (intent.capture_method === 'manual') {
    intent.status = 'requires_capture';
    intent.amount_capturable = intent.amount;
    charge.payment_method_details.card.capture_before = state.now() + AUTHORIZATION_SECONDS;
    call.simulator.announce(call, 'charge.succeeded', charge);
    call.simulator.announce(call, 'payment_intent.amount_capturable_updated', intent);
    return;
  }
  intent.amount_capturable = intent.amount;
  captureCharge(call, intent, intent.amount);
}

function refuse(call: Call, intent: PaymentIntent, reason: string): never {
  const { state } = call.simulator;
  const charge: Charge = { ...newCharge(call, intent), status: 'failed', paid: false, failure_code: reason };
  charge.outcome = {
    ...charge.outcome,
    network_status: 'declined_by_network',
    reason,
    type: 'issuer_declined',
  };
  state.tables.charges[charge.id] = charge;
  const method = intent.payment_method;
  intent.status = 'requires_payment_method';
  intent.latest_charge = charge.id;
  intent.payment_method = null;
  intent.next_action = null;
  const error = declined(reason, { charge: charge.id });
  intent.last_payment_error = error.body()['error'] as Record<string, unknown>;
  call.simulator.announce(call, 'payment_intent.payment_failed', intent);
  throw declined(reason, { charge: charge.id, payment_intent: { ...intent }, payment_method_id: method });
}

function newCharge(call: Call, intent: PaymentIntent): Charge {
  const method = methodOf(call, intent.payment_method ?? '');
  return {
    id: newId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    balance_transaction: null,
    billing_details: method.billing_details,
    captured: false,
    created: call.simulator.state.now(),
    currency: intent.currency,
    customer: intent.customer,
    disputed: false,
    failure_code: null,
    livemode: false,
    metadata: { ...intent.metadata },
    outcome: {
      network_status: 'approved_by_network',
      reason: null,
      risk_level: testCard(method.testCard).risk ?? 'normal',
      type: 'authorized',
    },
    paid: true,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: { type: 'card', card: { ...method.card } },
    refunded: false,
    status: 'succeeded',
  };
}

export function captureCharge(call: Call, intent: PaymentIntent, amount: number): void {
  const charge = chargeOf(call, intent.latest_charge ?? '');
  const { currency, id: source } = charge;
  charge.captured = true;
  charge.amount_captured = amount;
  const line = {
    type: 'charge',
    category: 'charge',
    amount,
    currency,
    fee: chargeFee(amount),
    source,
  } as const;
  charge.balance_transaction = book(call, line).id;
  intent.amount_received = amount;
  intent.amount_capturable = 0;
  intent.status = 'succeeded';
  call.simulator.announce(call, 'charge.captured', charge);
  call.simulator.announce(call, 'payment_intent.succeeded', intent);
  const method = call.simulator.state.tables.paymentMethods[charge.payment_method];
  const dispute = method === undefined ? undefined : testCard(method.testCard).disputes;
  if (dispute !== undefined) call.simulator.later(() => openDispute(call, charge, dispute));
}

export function releaseCharge(call: Call, intent: PaymentIntent, reason: string | null): void {
  const charge = call.simulator.state.tables.charges[intent.latest_charge ?? ''];
  if (charge !== undefined && intent.status === 'requires_capture') {
    // Stripe counts a released authorization as refunded, though no money ever moved: a trap for who reads charges.
    charge.refunded = true;
    charge.amount_refunded = charge.amount;
    call.simulator.announce(call, 'charge.refunded', charge);
  }
  intent.status = 'canceled';
  intent.amount_capturable = 0;
  intent.canceled_at = call.simulator.state.now();
  intent.cancellation_reason = reason;
  intent.next_action = null;
  call.simulator.announce(call, 'payment_intent.canceled', intent);
}

export function chargeOf(call: Call, id: string, parameter = 'charge'): Charge {
  const charge = call.simulator.state.tables.charges[id];
  if (charge === undefined) throw missingResource('charge', id, parameter);
  return charge;
}

function retrieve(call: Call): object {
  const given = readParameters(call.parameters, { expand: words });
  return expanded(call.simulator.state.tables, chargeOf(call, call.ids[0] ?? ''), given.expand);
}

function list(call: Call): object {
  const given = readParameters(call.parameters, {
    ...listParameters,
    payment_intent: optionalText,
    customer: optionalText,
    expand: words,
  });
  const { tables } = call.simulator.state;
  const found = Object.values(tables.charges)
    .filter((charge) => given.payment_intent === undefined || charge.payment_intent === given.payment_intent)
    .filter((charge) => given.customer === undefined || charge.customer === given.customer);
  return expanded(tables, listOf('/v1/charges', found, given), given.expand);
}

export const chargeRoutes: Route[] = [
  { method: 'GET', path: '/v1/charges', answer: list },
  { method: 'GET', path: '/v1/charges/:id', answer: retrieve },
];
