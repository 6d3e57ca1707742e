import { ApiError } from './api-error.ts';
import { answerBank } from './bank-page.ts';
import { chargeOf, releaseCharge } from './charges.ts';
import { disputeOf, openDispute, settleDispute } from './disputes.ts';
import { oneOf, optionalFlag, optionalInteger, optionalText, readParameters } from './parameters.ts';
import { intentOf } from './payment-intents.ts';
import { refundOf, settleRefund } from './refunds.ts';
import type { Call, Route } from './routes.ts';
import { setupIntentOf } from './setup-intents.ts';

/**
 * What people and banks do outside the API: the cardholder answers the 3-D Secure page, an authorization runs out, a
 * pending refund arrives or bounces, a charge is disputed. A test or a curious developer plays that part with these routes.
 */
function authenticate(call: Call): object {
  const given = readParameters(call.parameters, { outcome: oneOf('success', 'failure') });
  const id = call.ids[0] ?? '';
  const intent = id.startsWith('seti_') ? setupIntentOf(call, id) : intentOf(call, id);
  answerBank(call, intent, given.outcome !== 'failure');
  return intent;
}

function expire(call: Call): object {
  const intent = intentOf(call, call.ids[0] ?? '');
  if (intent.status !== 'requires_capture') {
    throw new ApiError('Only an authorization can run out.', { code: 'payment_intent_unexpected_state' });
  }
  releaseCharge(call, intent, 'automatic');
  return intent;
}

function settle(call: Call): object {
  const given = readParameters(call.parameters, { outcome: oneOf('success', 'failure', 'canceled') });
  const refund = refundOf(call, call.ids[0] ?? '');
  const becomes = { success: 'succeeded', failure: 'failed', canceled: 'canceled' } as const;
  settleRefund(call, refund, becomes[given.outcome ?? 'success']);
  return refund;
}

function dispute(call: Call): object {
  const given = readParameters(call.parameters, {
    reason: optionalText,
    inquiry: optionalFlag,
    amount: optionalInteger,
  });
  const intent = intentOf(call, call.ids[0] ?? '');
  const charge = chargeOf(call, intent.latest_charge ?? '');
  if (!charge.captured) throw new ApiError('Only what was taken can be disputed.');
  return openDispute(call, charge, {
    reason: given.reason ?? 'fraudulent',
    inquiry: given.inquiry === true,
    ...(given.amount !== undefined && { amount: given.amount }),
  });
}

function decide(call: Call): object {
  const given = readParameters(call.parameters, { outcome: oneOf('won', 'lost', 'closed', 'escalated') });
  const found = disputeOf(call, call.ids[0] ?? '');
  settleDispute(call, found, given.outcome ?? 'won');
  return found;
}

export const cardholderRoutes: Route[] = [
  { method: 'POST', path: '/simulator/payment_intents/:id/authenticate', answer: authenticate },
  { method: 'POST', path: '/simulator/setup_intents/:id/authenticate', answer: authenticate },
  { method: 'POST', path: '/simulator/payment_intents/:id/expire', answer: expire },
  { method: 'POST', path: '/simulator/payment_intents/:id/dispute', answer: dispute },
  { method: 'POST', path: '/simulator/refunds/:id/settle', answer: settle },
  { method: 'POST', path: '/simulator/disputes/:id/settle', answer: decide },
];
