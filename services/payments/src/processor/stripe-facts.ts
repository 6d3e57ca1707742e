import type { Stripe } from 'stripe';
import { z } from 'zod';
import type {
  CollectionOrigin,
  EventFacts,
  EventSubject,
  IntentFacts,
  MethodFacts,
  Origin,
  RefundFacts,
} from './processor-facts.ts';
import { exponentOf } from './wire-amount.ts';

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

export function originOf(metadata: Stripe.Metadata | null): Origin | null {
  const read = originSchema.safeParse(metadata);
  if (!read.success) return null;
  const { organization_id: organizationId, payment_id: paymentId, payment_op_id: opId } = read.data;
  return { organizationId, paymentId, opId };
}

const collectionSchema = z.object({
  organization_id: z.uuid(),
  client_id: z.uuid(),
  collection_id: z.uuid(),
});

export const metadataOfCollection = ({ organizationId, clientId, collectionId }: CollectionOrigin) => ({
  organization_id: organizationId,
  client_id: clientId,
  collection_id: collectionId,
});

export function collectionOriginOf(metadata: Stripe.Metadata | null): CollectionOrigin | null {
  const read = collectionSchema.safeParse(metadata);
  if (!read.success) return null;
  const { organization_id: organizationId, client_id: clientId, collection_id: collectionId } = read.data;
  return { organizationId, clientId, collectionId };
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

const RISKS: readonly (IntentFacts['cardRisk'] & string)[] = ['normal', 'elevated', 'highest'];

/** An expanded object, or null when only its id came. */
export const expandedOf = <Value extends object>(value: string | Value | null | undefined): Value | null =>
  typeof value === 'object' ? value : null;

export const idOf = (value: string | { id: string } | null | undefined): string | null =>
  typeof value === 'object' ? (value?.id ?? null) : (value ?? null);

/** What a charge says beyond its amount; of none, nothing. */
export function chargeDetails(charge: Stripe.Charge | null) {
  const line = expandedOf(charge?.balance_transaction);
  const feeCurrency = line?.currency.toUpperCase() ?? null;
  // The account's own currency: a fee of 75 cents is not one of 75 yen. One with decimals nobody is sure of is not booked.
  const isKnown = feeCurrency !== null && exponentOf(feeCurrency) !== undefined;
  return {
    chargeReference: charge?.id ?? null,
    feeMinor: line === null || !isKnown ? null : BigInt(line.fee),
    feeCurrency,
    issuerCountry: charge?.payment_method_details?.card?.country ?? null,
    cardRisk: RISKS.find((risk) => risk === charge?.outcome?.risk_level) ?? null,
  };
}

export function intentFacts(intent: Stripe.PaymentIntent): IntentFacts {
  // Without an error it has not been tried yet: a webhook can arrive between creation and confirmation.
  const untried = intent.status === 'requires_payment_method' && intent.last_payment_error === null;
  const refused = intent.status === 'requires_payment_method' && !untried;
  const status = untried ? 'PROCESSING' : refused ? 'REQUIRES_METHOD' : INTENT_STATUS[intent.status];
  if (status === undefined) throw new Error('the processor answered with a status nobody knows');
  const charge = expandedOf(intent.latest_charge);
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
    declineCode: intent.last_payment_error?.decline_code ?? intent.last_payment_error?.code ?? null,
    ...chargeDetails(charge),
    chargeReference: idOf(intent.latest_charge),
    createdAt: new Date(intent.created * 1000),
    clientSecret: intent.client_secret,
  };
}

/** The charge says until when, from which country and how risky; its line of the account, what the processor keeps. */
export const EXPAND = { expand: ['latest_charge.balance_transaction'] };
export const readIntent = { object: 'payment_intent', read: intentFacts };

export function refundFacts(refund: Stripe.Refund): RefundFacts {
  const origin = originOf(refund.metadata);
  return {
    reference: refund.id,
    // A status that is missing or new is no success: it stays pending until a known one arrives.
    status: REFUND_STATUS[refund.status ?? ''] ?? 'PENDING',
    amountMinor: BigInt(refund.amount),
    opId: origin?.opId ?? null,
    origin,
    intentReference: idOf(refund.payment_intent),
    currency: refund.currency.toUpperCase(),
    createdAt: new Date(refund.created * 1000),
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

const SUBJECTS: Readonly<Record<string, EventSubject>> = {
  payment_intent: 'INTENT',
  charge: 'CHARGE',
  refund: 'REFUND',
  dispute: 'DISPUTE',
  setup_intent: 'SETUP',
  'checkout.session': 'COLLECTION',
  payment_method: 'METHOD',
};

/** Intents name themselves; charges, refunds, disputes and visits name the intent they belong to. */
export function eventFacts(event: Stripe.Event): EventFacts {
  const object = event.data.object as { object?: string; id?: string; payment_intent?: unknown };
  const intent = object.object === 'payment_intent' ? object.id : object.payment_intent;
  return {
    type: event.type,
    subject: SUBJECTS[object.object ?? ''] ?? 'OTHER',
    reference: object.id ?? null,
    intentReference: typeof intent === 'string' ? intent : null,
  };
}
