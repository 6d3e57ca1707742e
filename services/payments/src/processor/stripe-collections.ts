import type { Stripe } from 'stripe';
import type { CollectionRequest, PaymentProcessor } from './payment-processor.ts';
import { collectionFacts, setupFacts } from './stripe-account-facts.ts';
import { keyed } from './stripe-client.ts';
import { metadataOf, metadataOfCollection } from './stripe-facts.ts';
import { ask } from './stripe-outcome.ts';
import { toWire } from './wire-amount.ts';

const readSetup = { object: 'setup_intent', read: setupFacts };
const readCollection = { object: 'checkout.session', read: collectionFacts };
const METHOD = { expand: ['payment_method'] };

const DEMANDED = { payment_method_options: { card: { request_three_d_secure: 'any' } } } as const;

type Calls = Pick<
  PaymentProcessor,
  'createSetup' | 'cancelSetup' | 'readSetup' | 'createCollection' | 'closeCollection' | 'readCollection'
>;

/** How a card gets to the processor without passing here: its own form in an app, or its own page. */
export function collectionCalls(stripe: Stripe): Calls {
  return {
    createSetup: ({ key, customerReference, origin, demandAuthentication }) => {
      const setup: Stripe.SetupIntentCreateParams = {
        customer: customerReference,
        usage: 'off_session',
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        metadata: metadataOfCollection(origin),
        ...(demandAuthentication === true && DEMANDED),
        ...METHOD,
      };
      return ask(readSetup, () => stripe.setupIntents.create(setup, keyed(key)));
    },
    cancelSetup: ({ key, setupReference }) =>
      ask(readSetup, () => stripe.setupIntents.cancel(setupReference, METHOD, keyed(key))),
    readSetup: (reference) => ask(readSetup, () => stripe.setupIntents.retrieve(reference, METHOD)),
    createCollection: async (request) => {
      const session = sessionOf(request);
      if (session === null) return { kind: 'REJECTED', code: 'AMOUNT_NOT_POSSIBLE' };
      return ask(readCollection, () => stripe.checkout.sessions.create(session, keyed(request.key)));
    },
    closeCollection: ({ key, collectionReference }) =>
      ask(readCollection, () => stripe.checkout.sessions.expire(collectionReference, {}, keyed(key))),
    readCollection: (reference) => ask(readCollection, () => stripe.checkout.sessions.retrieve(reference)),
  };
}

function sessionOf(request: CollectionRequest): Stripe.Checkout.SessionCreateParams | null {
  const { origin, payment } = request;
  const metadata = metadataOfCollection(origin);
  const visit: Stripe.Checkout.SessionCreateParams = {
    customer: request.customerReference,
    // Cards alone: other methods have no authorization that can be taken later.
    allowed_payment_method_types: ['card'],
    success_url: request.returnUrl,
    cancel_url: request.cancelUrl,
    expires_at: Math.floor(request.expiresAt.getTime() / 1000),
    client_reference_id: origin.collectionId,
    metadata,
    ...(request.demandAuthentication === true && DEMANDED),
  };
  if (payment === null) return { ...visit, mode: 'setup', setup_intent_data: { metadata } };
  const wire = toWire(payment);
  if (!wire.possible) return null;
  const price = {
    currency: wire.currency,
    unit_amount: wire.amount,
    product_data: { name: payment.title },
  };
  return {
    ...visit,
    mode: 'payment',
    line_items: [{ quantity: 1, price_data: price }],
    payment_intent_data: { capture_method: 'manual', metadata: metadataOf(payment.origin) },
  };
}
