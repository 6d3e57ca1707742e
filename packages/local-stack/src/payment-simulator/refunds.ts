import { ApiError, invalidParameter, missingResource } from './api-error.ts';
import { book } from './balance.ts';
import { chargeOf } from './charges.ts';
import { blocksRefunds } from './disputes.ts';
import { expanded } from './expansion.ts';
import { listOf, listParameters } from './lists.ts';
import { metadata, oneOf, optionalInteger, optionalText, readParameters, words } from './parameters.ts';
import { intentOf } from './payment-intents.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import { testCard } from './test-cards.ts';
import type { Charge, Refund } from './wire-objects.ts';

function chargeToRefund(
  call: Call,
  given: { charge: string | undefined; payment_intent: string | undefined },
): Charge {
  if (given.charge !== undefined) return chargeOf(call, given.charge);
  if (given.payment_intent === undefined) {
    throw invalidParameter('One of charge and payment_intent is needed.', 'charge', 'parameter_missing');
  }
  const intent = intentOf(call, given.payment_intent);
  if (intent.latest_charge === null) {
    throw new ApiError('This PaymentIntent does not have a successful charge to refund.', {
      code: 'payment_intent_unexpected_state',
    });
  }
  return chargeOf(call, intent.latest_charge);
}

function refuseImpossible(call: Call, charge: Charge, amount: number): void {
  if (blocksRefunds(call, charge)) {
    throw new ApiError('This charge has been charged back.', { code: 'charge_disputed' });
  }
  if (!charge.captured || charge.status !== 'succeeded') {
    throw new ApiError('This charge has not been captured; cancel it instead.', {
      code: 'charge_not_refundable',
    });
  }
  if (charge.refunded) {
    throw new ApiError('Charge has already been refunded.', { code: 'charge_already_refunded' });
  }
  if (amount < 1 || amount > charge.amount_captured - charge.amount_refunded) {
    throw new ApiError('Refund amount is greater than unrefunded amount on charge.', {
      code: 'amount_too_large',
      parameter: 'amount',
    });
  }
}

function create(call: Call): Refund {
  const { state } = call.simulator;
  const given = readParameters(call.parameters, {
    charge: optionalText,
    payment_intent: optionalText,
    amount: optionalInteger,
    reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    metadata,
    expand: words,
  });
  const charge = chargeToRefund(call, given);
  const amount = given.amount ?? charge.amount_captured - charge.amount_refunded;
  refuseImpossible(call, charge, amount);
  const method = state.tables.paymentMethods[charge.payment_method];
  const behaviour = method === undefined ? undefined : testCard(method.testCard).refund;
  const id = newId('re');
  const { currency } = charge;
  const refund: Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: book(call, {
      type: 'refund',
      category: 'refund',
      amount: -amount,
      currency,
      source: id,
    }).id,
    charge: charge.id,
    created: state.now(),
    currency,
    metadata: given.metadata,
    payment_intent: charge.payment_intent,
    reason: given.reason ?? null,
    status: behaviour === 'pending' ? 'pending' : 'succeeded',
  };
  state.tables.refunds[refund.id] = refund;
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount_captured;
  call.simulator.announce(call, 'refund.created', refund);
  call.simulator.announce(call, 'charge.refunded', charge);
  if (behaviour === 'fails_later') call.simulator.later(() => settleRefund(call, refund, 'failed'));
  return refund;
}

/** A pending refund arrives, or a bank sends one back: both happen some time after the answer. */
export function settleRefund(call: Call, refund: Refund, status: 'succeeded' | 'failed' | 'canceled'): void {
  if (refund.status === status || refund.status === 'failed' || refund.status === 'canceled') return;
  refund.status = status;
  if (status !== 'succeeded') {
    if (status === 'failed') refund.failure_reason = 'expired_or_canceled_card';
    const charge = chargeOf(call, refund.charge);
    const { amount, currency, id: source } = refund;
    const entry = { type: 'refund_failure', category: 'refund_failure', amount, currency, source } as const;
    refund.failure_balance_transaction = book(call, entry).id;
    charge.amount_refunded -= amount;
    charge.refunded = false;
  }
  call.simulator.announce(null, status === 'failed' ? 'refund.failed' : 'refund.updated', refund);
}

export function refundOf(call: Call, id: string): Refund {
  const refund = call.simulator.state.tables.refunds[id];
  if (refund === undefined) throw missingResource('refund', id);
  return refund;
}

function cancel(call: Call): Refund {
  readParameters(call.parameters, { expand: words });
  const refund = refundOf(call, call.ids[0] ?? '');
  if (refund.status !== 'pending') {
    throw new ApiError('Only a pending refund can be canceled.', { code: 'refund_not_cancelable' });
  }
  settleRefund(call, refund, 'canceled');
  return refund;
}

function retrieve(call: Call): object {
  const given = readParameters(call.parameters, { expand: words });
  return expanded(call.simulator.state.tables, refundOf(call, call.ids[0] ?? ''), given.expand);
}

function list(call: Call): object {
  const given = readParameters(call.parameters, {
    ...listParameters,
    charge: optionalText,
    payment_intent: optionalText,
    expand: words,
  });
  const { payment_intent: intent, charge } = given;
  const { tables } = call.simulator.state;
  const found = Object.values(tables.refunds)
    .filter((refund) => intent === undefined || refund.payment_intent === intent)
    .filter((refund) => charge === undefined || refund.charge === charge);
  return expanded(tables, listOf('/v1/refunds', found, given), given.expand);
}

export const refundRoutes: Route[] = [
  { method: 'POST', path: '/v1/refunds', answer: create },
  { method: 'GET', path: '/v1/refunds', answer: list },
  { method: 'GET', path: '/v1/refunds/:id', answer: retrieve },
  { method: 'POST', path: '/v1/refunds/:id/cancel', answer: cancel },
];
