import { html, type Markup } from '../mail/markup.ts';
import { ApiError } from './api-error.ts';
import { complete, sessionOf } from './checkout-sessions.ts';
import { readParameters, text } from './parameters.ts';
import { newIntent } from './new-intent.ts';
import { attemptCharge } from './charges.ts';
import { intentOf } from './payment-intents.ts';
import { newMethod } from './payment-methods.ts';
import type { Call } from './routes.ts';
import { setUp, setupIntentOf } from './setup-intents.ts';
import { offeredCards, testCardName } from './test-cards.ts';

/** The processor's own page: the payer chooses a test card by its name. There is no field for a number. */
export function showPage(call: Call, sentence?: string): Markup {
  const session = sessionOf(call, call.ids[0] ?? '');
  if (session.status !== 'open') return html`<p>This page is no longer open.</p>`;
  const amount =
    session.amount_total === null
      ? ''
      : html`<p>
          <b>${session.amount_total} ${session.currency?.toUpperCase() ?? ''}</b> (in its smallest unit)
        </p>`;
  const cards = offeredCards().map(
    ({ name, brand, last4 }) =>
      html`<p><button name="card" value="${name}">${name}</button> ${brand} ending in ${last4}</p>`,
  );
  return html`<p>${session.intentData.title}. Choose a test card; no card number is ever asked for here.</p>
    ${amount} ${sentence === undefined ? '' : html`<p role="alert"><b>${sentence}</b></p>`}
    <form method="post">${cards}</form>
    ${session.cancel_url === null ? '' : html`<p><a href="${session.cancel_url}">Back without a card</a></p>`}`;
}

/** The payer has chosen. Where the browser goes next, or the page again with a sentence. */
export function chooseCard(call: Call): string | Markup {
  const { card } = readParameters(call.parameters, { card: text });
  const session = sessionOf(call, call.ids[0] ?? '');
  if (session.status !== 'open') return showPage(call);
  if (testCardName(`pm_card_${card}`) !== card) throw new ApiError('There is no such test card.');
  const method = newMethod(call, card);
  const back = `${call.simulator.publicUrl()}/pay/${session.id}/done`;
  try {
    const intent =
      session.mode === 'setup' ? setupOf(call, session.setup_intent) : paymentOf(call, session.id);
    intent.payment_method = method.id;
    if (intent.object === 'setup_intent') setUp(call, intent, { returnUrl: back });
    else attemptCharge(call, intent, { offSession: false, returnUrl: back });
    const redirect = intent.next_action?.['redirect_to_url'] as { url: string } | undefined;
    return redirect?.url ?? finish(call);
  } catch (error) {
    if (error instanceof ApiError && error.type === 'card_error') {
      return showPage(call, 'This card was declined. Please choose another one.');
    }
    throw error;
  }
}

const setupOf = (call: Call, id: string | null) => setupIntentOf(call, id ?? '');

function paymentOf(call: Call, sessionId: string) {
  const session = sessionOf(call, sessionId);
  if (session.payment_intent !== null) return intentOf(call, session.payment_intent);
  const intent = newIntent(call, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? '',
    customer: session.customer ?? undefined,
    captureMethod: session.intentData.captureMethod,
    metadata: session.intentData.metadata,
  });
  session.payment_intent = intent.id;
  return intent;
}

/** Back from the bank, or done at once: to the shop when the card is good, else the page again. */
export function finish(call: Call): string | Markup {
  const session = sessionOf(call, call.ids[0] ?? '');
  const { setup_intent: setup, payment_intent: payment } = session;
  const status = setup === null ? intentOf(call, payment ?? '').status : setupIntentOf(call, setup).status;
  if (session.status !== 'complete' && status !== 'succeeded' && status !== 'requires_capture') {
    return showPage(call, 'Your bank did not confirm. Please choose another card.');
  }
  complete(call, session);
  return session.success_url ?? '/';
}
