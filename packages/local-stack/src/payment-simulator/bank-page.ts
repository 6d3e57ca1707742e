import { html, type Markup } from '../mail/markup.ts';
import { ApiError } from './api-error.ts';
import { requireSecret } from './authentication.ts';
import { attemptCharge } from './charges.ts';
import { oneOf, readParameters, text } from './parameters.ts';
import { intentOf } from './payment-intents.ts';
import type { Call } from './routes.ts';
import { setUp, setupIntentOf } from './setup-intents.ts';
import type { PaymentIntent, SetupIntent } from './wire-objects.ts';

type Intent = PaymentIntent | SetupIntent;

/** What the cardholder says to their bank. A refusal refuses: nothing is reserved, nothing is kept. */
export function answerBank(call: Call, intent: Intent, approved: boolean): void {
  if (intent.status !== 'requires_action') {
    throw new ApiError(`This ${intent.object} waits for no authentication.`, {
      code: `${intent.object}_unexpected_state`,
    });
  }
  if (intent.object === 'setup_intent') {
    if (approved) return setUp(call, intent, { authenticated: true });
    intent.status = 'requires_payment_method';
    intent.payment_method = null;
    intent.next_action = null;
    intent.last_setup_error = { code: 'setup_intent_authentication_failure', type: 'card_error' };
    call.simulator.announce(call, 'setup_intent.setup_failed', intent);
    return;
  }
  if (approved) return attemptCharge(call, intent, { offSession: false, authenticated: true });
  intent.status = 'requires_payment_method';
  intent.payment_method = null;
  intent.next_action = null;
  intent.last_payment_error = { code: 'payment_intent_authentication_failure', type: 'card_error' };
  call.simulator.announce(call, 'payment_intent.payment_failed', intent);
}

const asked = (call: Call, secret: string): Intent => {
  const id = call.ids[0] ?? '';
  const intent = id.startsWith('seti_') ? setupIntentOf(call, id) : intentOf(call, id);
  requireSecret(call, intent, secret);
  return intent;
};

/** The page of the cardholder's bank. */
export function showBank(call: Call): Markup {
  const { client_secret: secret } = readParameters(call.parameters, { client_secret: text });
  const intent = asked(call, secret);
  if (intent.status !== 'requires_action') return html`<p>There is nothing to confirm here any more.</p>`;
  const what =
    intent.object === 'payment_intent'
      ? html`<p>
          A shop wants to reserve <b>${intent.amount} ${intent.currency.toUpperCase()}</b> (in its smallest
          unit).
        </p>`
      : html`<p>A shop wants to keep your card for later.</p>`;
  return html`${what}
    <form method="post">
      <input type="hidden" name="client_secret" value="${secret}" />
      <button name="answer" value="approve">Approve</button>
      <button name="answer" value="reject">Reject</button>
    </form>`;
}

/** Where the browser goes after the answer; null: it stays and reads that it may close the window. */
export function hearBank(call: Call): string | null {
  const given = readParameters(call.parameters, {
    client_secret: text,
    answer: oneOf('approve', 'reject'),
  });
  const intent = asked(call, given.client_secret);
  const redirect = intent.next_action?.['redirect_to_url'] as { return_url: string } | undefined;
  try {
    answerBank(call, intent, given.answer === 'approve');
  } catch (error) {
    // Authenticated and yet declined: the shop learns it from the intent, as it learns everything.
    if (!(error instanceof ApiError) || error.type !== 'card_error') throw error;
  }
  return redirect?.return_url ?? null;
}
