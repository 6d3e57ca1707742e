import type { Transaction } from '@kept/database';
import { askingAccount, type PaymentsContext } from '../context.ts';
import { beginAssessed } from '../fraud/begin-assessed.ts';
import { payOnce, type Answer, type Stored } from '../payments/once.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { readPassQuote, type PassQuote } from '../payments/read-quote.ts';
import { usableMethod } from '../payments/usable-method.ts';
import { toWire } from '../processor/wire-amount.ts';
import type { BuyPassInput, QuoteRefusal } from '../schema-types.ts';
import { notePass } from './bought-pass.ts';

/** Nobody has to agree to anything for a pass: it is paid at once. */
export type PassRefusal = Exclude<QuoteRefusal, 'CONSENT_NEEDED'>;

/**
 * Pays for a pass as scheduling offered it, at once. Scheduling grants it when it hears that the money is taken; whatever
 * keeps it from that gives the money back.
 */
export async function buyPass(context: PaymentsContext, input: BuyPassInput): Promise<Answer<PassRefusal>> {
  const { organizationId, accountId } = askingAccount(context);
  const key = context.payments.quoteKey;
  const quote = readPassQuote(input.quote, { key, organizationId, clientId: accountId });
  if (quote === null) return { kind: 'REFUSED', reason: 'INVALID' };
  const { paymentMethodId } = input;
  const { purchaseId, amountMinor, currency } = quote;
  return payOnce<PassRefusal>(context, {
    operation: 'buyPass',
    key: input.idempotencyKey,
    request: { purchaseId, amountMinor, currency, paymentMethodId },
    begin: (tx) => begin(context, tx, { quote, paymentMethodId }),
  });
}

async function begin(
  context: PaymentsContext,
  tx: Transaction,
  { quote, paymentMethodId }: { quote: PassQuote; paymentMethodId: string },
): Promise<Stored<PassRefusal>> {
  const now = context.payments.clock();
  const { purchaseId, clientId, currency } = quote;
  const amountMinor = BigInt(quote.amountMinor);
  const quoteExpiresAt = new Date(quote.expiresAt);
  if (now >= quoteExpiresAt) return { refused: 'EXPIRED' };
  if (!toWire({ amountMinor, currency }).possible) return { refused: 'CURRENCY_NOT_SUPPORTED' };
  const method = await usableMethod(context, tx, paymentMethodId);
  const pass = await notePass(tx, { purchaseId, clientId, now });
  if (pass.outcome === 'REFUSED' || pass.outcome === 'RETURNED') return { refused: 'EXPIRED' };
  const earlier = await tx.manager.findBy(Payment, { passGrantId: purchaseId });
  const live = earlier.find(({ status }) => !DEAD.includes(status));
  if (live !== undefined) return { paymentId: live.id, opId: null };
  const { payment, op } = await beginAssessed(context, tx, {
    purpose: 'PASS',
    bookingId: null,
    passGrantId: purchaseId,
    clientId,
    amountMinor,
    currency,
    method,
    mandateId: null,
    holdId: null,
    quoteExpiresAt,
    now,
  });
  return { paymentId: payment.id, opId: op?.id ?? null };
}
