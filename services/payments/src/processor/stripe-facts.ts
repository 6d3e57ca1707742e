import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { EventFacts, IntentFacts, MethodFacts, Origin, RefundFacts } from './payment-processor.ts';

const originSchema = z.object({
  organization_id: z.uuid(),
  payment_id: z.uuid(),
  payment_op_id: z.uuid(),
});

export const metadataOf = ({ organizationId, paymentId, opId }: Origin) => ({
  organization_id: organizationId,
  payment_id: paymentId,
  payment_op_id: opId,
});

function originOf(metadata: Stripe.Metadata | null): Origin | null {
  const read = originSchema.safeParse(metadata);
  if (!read.success) return null;
  const { organization_id: organizationId, payment_id: paymentId, payment_op_id: opId } = read.data;
  return { organizationId, paymentId, opId };
}

const INTENT_STATUS: Readonly<Record<string, IntentFacts['status']>> = {
  requires_confirmation: 'PROCESSING',
  requires_action: 'REQUIRES_ACTION',
  requires_capture: 'REQUIRES_CAPTURE',
  processing: 'PROCESSING',
  succeeded: 'SUCCEEDED',
  canceled: 'CANCELED',
};

const REFUND_STATUS: Readonly<Record<string, RefundFacts['status']>> = {
  pending: 'PENDING',
  requires_action: 'PENDING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  canceled: 'CANCELED',
};

export function intentFacts(intent: Stripe.PaymentIntent): IntentFacts {
  // Without an error it has not been tried yet: a webhook can arrive between creation and confirmation.
  const untried = intent.status === 'requires_payment_method' && intent.last_payment_error === null;
  const refused = intent.status === 'requires_payment_method' && !untried;
  const status = untried ? 'PROCESSING' : refused ? 'REQUIRES_METHOD' : INTENT_STATUS[intent.status];
  if (status === undefined) throw new Error('the processor answered with a status nobody knows');
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const captureBefore = charge?.payment_method_details?.card?.capture_before;
  return {
    reference: intent.id,
    status,
    amountMinor: BigInt(intent.amount),
    currency: intent.currency.toUpperCase(),
    capturableMinor: BigInt(intent.amount_capturable),
    receivedMinor: BigInt(intent.amount_received),
    disputed: charge?.disputed ?? false,
    authorizationExpiresAt: captureBefore === undefined ? null : new Date(captureBefore * 1000),
    origin: originOf(intent.metadata),
    clientSecret: intent.client_secret,
  };
}

export function refundFacts(refund: Stripe.Refund): RefundFacts {
  return {
    reference: refund.id,
    // A status that is missing or new is no success: it stays pending until a known one arrives.
    status: REFUND_STATUS[refund.status ?? ''] ?? 'PENDING',
    amountMinor: BigInt(refund.amount),
    opId: originOf(refund.metadata)?.opId ?? null,
  };
}

export function methodFacts(method: Stripe.PaymentMethod): MethodFacts {
  const { card } = method;
  if (!card) throw new Error('the payment method is no card');
  return {
    reference: method.id,
    brand: card.brand,
    last4: card.last4,
    expiryMonth: card.exp_month,
    expiryYear: card.exp_year,
    funding: card.funding,
    issuerCountry: card.country,
    fingerprint: card.fingerprint ?? null,
  };
}

/** Intents name themselves; charges, refunds and disputes name the intent they belong to. */
export function eventFacts(event: Stripe.Event): EventFacts {
  const object = event.data.object as { object?: string; id?: string; payment_intent?: unknown };
  const intent = object.object === 'payment_intent' ? object.id : object.payment_intent;
  return { type: event.type, intentReference: typeof intent === 'string' ? intent : null };
}
