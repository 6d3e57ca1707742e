import type { Stripe } from 'stripe';
import { toNumber } from '../money/minor-units.ts';
import type { PaymentProcessor } from './payment-processor.ts';
import { disputeFacts, evidenceOf } from './stripe-account-facts.ts';
import { keyed, openStripe, type StripeSettings } from './stripe-client.ts';
import { collectionCalls } from './stripe-collections.ts';
import { EXPAND, metadataOf, methodFacts, readIntent, refundFacts } from './stripe-facts.ts';
import { lookUps } from './stripe-look-ups.ts';
import { ask } from './stripe-outcome.ts';
import { toWire } from './wire-amount.ts';

export type { StripeSettings } from './stripe-client.ts';

/** The only way to the `stripe` package but for webhooks (stripe-client.ts says which of its traps are closed, and how). */
export function openStripeProcessor(settings: StripeSettings): PaymentProcessor {
  const stripe = openStripe(settings);
  return {
    ...methodCalls(stripe),
    ...intentCalls(stripe),
    ...collectionCalls(stripe),
    ...lookUps(stripe),
  };
}

const readMethod = { object: 'payment_method', read: methodFacts };

type Calls<Name extends keyof PaymentProcessor> = Pick<PaymentProcessor, Name>;

function methodCalls(stripe: Stripe): Calls<'createCustomer' | 'attachMethod' | 'detachMethod'> {
  return {
    createCustomer: ({ key, organizationId, clientId }) => {
      // Ids only: the processor learns neither name nor address.
      const metadata = { organization_id: organizationId, client_id: clientId };
      return ask({ object: 'customer', read: ({ id }) => id }, () =>
        stripe.customers.create({ metadata }, keyed(key)),
      );
    },
    attachMethod: ({ key, token, customerReference }) =>
      ask(readMethod, () => stripe.paymentMethods.attach(token, { customer: customerReference }, keyed(key))),
    detachMethod: ({ key, methodReference }) =>
      ask({ object: 'payment_method', read: () => null }, () =>
        stripe.paymentMethods.detach(methodReference, {}, keyed(key)),
      ),
  };
}

function intentCalls(
  stripe: Stripe,
): Calls<'authorize' | 'confirm' | 'capture' | 'cancel' | 'refund' | 'submitEvidence'> {
  return {
    authorize: async ({ key, customerReference, methodReference, origin, ...request }) => {
      const wire = toWire(request);
      if (!wire.possible) return { kind: 'REJECTED', code: wire.why };
      const intent: Stripe.PaymentIntentCreateParams = {
        amount: wire.amount,
        currency: wire.currency,
        customer: customerReference,
        payment_method: methodReference,
        capture_method: request.captureMethod ?? 'manual',
        confirm: true,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        metadata: metadataOf(origin),
        ...(request.offSession === true && { off_session: true }),
        ...(request.setupFutureUse === true && { setup_future_usage: 'off_session' }),
        ...(request.demandAuthentication === true && {
          payment_method_options: { card: { request_three_d_secure: 'any' } },
        }),
        ...EXPAND,
      };
      return ask(readIntent, () => stripe.paymentIntents.create(intent, keyed(key)));
    },
    confirm: ({ key, intentReference, methodReference }) =>
      ask(readIntent, () =>
        stripe.paymentIntents.confirm(
          intentReference,
          { payment_method: methodReference, ...EXPAND },
          keyed(key),
        ),
      ),
    capture: ({ key, intentReference, amountMinor }) => {
      const amount = { amount_to_capture: toNumber(amountMinor), ...EXPAND };
      return ask(readIntent, () => stripe.paymentIntents.capture(intentReference, amount, keyed(key)));
    },
    cancel: ({ key, intentReference }) =>
      ask(readIntent, () => stripe.paymentIntents.cancel(intentReference, EXPAND, keyed(key))),
    refund: ({ key, intentReference, amountMinor, origin }) => {
      const amount = toNumber(amountMinor);
      const refund = { payment_intent: intentReference, amount, metadata: metadataOf(origin) };
      return ask({ object: 'refund', read: refundFacts }, () => stripe.refunds.create(refund, keyed(key)));
    },
    submitEvidence: ({ key, disputeReference, evidence, submit }) => {
      const update = { evidence: evidenceOf(evidence), submit, expand: ['payment_intent'] };
      return ask({ object: 'dispute', read: disputeFacts }, () =>
        stripe.disputes.update(disputeReference, update, keyed(key)),
      );
    },
  };
}
