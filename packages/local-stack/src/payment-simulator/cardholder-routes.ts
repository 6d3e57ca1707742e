import { ApiError } from './api-error.ts';
import { attemptCharge, releaseCharge } from './charges.ts';
import { oneOf, readParameters } from './parameters.ts';
import { intentOf } from './payment-intents.ts';
import { refundOf, settleRefund } from './refunds.ts';
import type { Call, Route } from './routes.ts';

/**
 * What people and banks do outside the API: the cardholder answers the 3-D Secure page, an authorization runs out, a
 * pending refund arrives or bounces. A test or a curious developer plays that part with these routes.
 */
function authenticate(call: Call): object {
  const given = readParameters(call.parameters, { outcome: oneOf('success', 'failure') });
  const intent = intentOf(call, call.ids[0] ?? '');
  if (intent.status !== 'requires_action') {
    throw new ApiError('This PaymentIntent waits for no authentication.', {
      code: 'payment_intent_unexpected_state',
    });
  }
  if (given.outcome === 'failure') {
    intent.status = 'requires_payment_method';
    intent.next_action = null;
    intent.last_payment_error = { code: 'payment_intent_authentication_failure', type: 'card_error' };
    call.simulator.announce(call, 'payment_intent.payment_failed', intent);
  } else {
    attemptCharge(call, intent, { offSession: false, authenticated: true });
  }
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
  const given = readParameters(call.parameters, { outcome: oneOf('success', 'failure') });
  const refund = refundOf(call, call.ids[0] ?? '');
  settleRefund(call, refund, given.outcome === 'failure' ? 'failed' : 'succeeded');
  return refund;
}

export const cardholderRoutes: Route[] = [
  { method: 'POST', path: '/simulator/payment_intents/:id/authenticate', answer: authenticate },
  { method: 'POST', path: '/simulator/payment_intents/:id/expire', answer: expire },
  { method: 'POST', path: '/simulator/refunds/:id/settle', answer: settle },
];
