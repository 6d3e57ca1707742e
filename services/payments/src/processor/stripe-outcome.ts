import { Stripe } from 'stripe';
import type { Outcome } from './payment-processor.ts';
import { intentFacts } from './stripe-facts.ts';

/** An answer of the SDK, with the HTTP response it keeps beside it. */
interface Answer {
  object: string;
  lastResponse: { statusCode: number };
}

/** One call: only a 200 with the expected object is a success, and only what the processor itself refuses is refused. */
export async function ask<Response extends Answer, Value>(
  expected: { object: string; read: (response: Response) => Value },
  call: () => Promise<Response>,
): Promise<Outcome<Value>> {
  let response: Response;
  try {
    response = await call();
  } catch (error) {
    return outcomeOf(error);
  }
  try {
    // A 422 whose body has no `error` resolves in the SDK, with whatever stood in it.
    if (response.lastResponse.statusCode !== 200 || response.object !== expected.object) {
      return { kind: 'UNKNOWN', why: 'the answer is not the expected object' };
    }
    return { kind: 'DONE', value: expected.read(response) };
  } catch {
    return { kind: 'UNKNOWN', why: 'the answer could not be read' };
  }
}

/**
 * Definitive is only what the processor itself says about this very request: a card error, or an invalid request. Never
 * an idempotency error (another request has the key), a conflict, a rate limit, a wrong key of ours, or silence.
 */
function outcomeOf(error: unknown): Outcome<never> {
  if (!(error instanceof Stripe.errors.StripeError)) {
    return { kind: 'UNKNOWN', why: 'the processor could not be reached' };
  }
  const code = error.code ?? error.type;
  const status = error.statusCode ?? 0;
  const definitive =
    (error.type === 'StripeCardError' && status === 402) ||
    (error.type === 'StripeInvalidRequestError' && [400, 402, 404].includes(status));
  // Codes are words of the processor's catalogue; its messages may quote what was sent, so they stay out of logs.
  if (!definitive) return { kind: 'UNKNOWN', why: code };
  const intent = intentOf(error);
  return { kind: 'REJECTED', code, ...(intent !== undefined && { intent }) };
}

/** A declined charge leaves its intent behind, which the refusal carries. */
function intentOf(error: InstanceType<typeof Stripe.errors.StripeError>) {
  if (error.type !== 'StripeCardError' || error.payment_intent === undefined) return undefined;
  try {
    return intentFacts(error.payment_intent);
  } catch {
    return undefined;
  }
}
