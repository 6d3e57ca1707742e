import type { Call } from './routes.ts';
import { newId } from './simulator-state.ts';
import type { PaymentIntent } from './wire-objects.ts';

/** An intent that nothing was tried with yet. */
export function newIntent(
  call: Call,
  about: {
    amount: number;
    currency: string;
    customer?: string | undefined;
    captureMethod?: PaymentIntent['capture_method'] | undefined;
    description?: string | undefined;
    metadata: Record<string, string>;
    method?: string | undefined;
    setupFutureUsage?: PaymentIntent['setup_future_usage'] | undefined;
  },
): PaymentIntent {
  const { state } = call.simulator;
  const id = newId('pi');
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    amount: about.amount,
    amount_capturable: 0,
    amount_received: 0,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: about.captureMethod ?? 'automatic',
    client_secret: `${id}_${newId('secret')}`,
    confirmation_method: 'automatic',
    created: state.now(),
    currency: about.currency,
    customer: about.customer ?? null,
    description: about.description ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: about.metadata,
    next_action: null,
    payment_method: about.method ?? null,
    payment_method_types: ['card'],
    setup_future_usage: about.setupFutureUsage ?? null,
    status: about.method === undefined ? 'requires_payment_method' : 'requires_confirmation',
  };
  state.tables.paymentIntents[id] = intent;
  call.simulator.announce(call, 'payment_intent.created', intent);
  return intent;
}
