import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { noteBooking } from '../bookings/note-booking.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { performOp } from '../operations/perform-op.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import { PaymentMethod } from '../payment-methods/payment-method.ts';
import { toWire } from '../processor/wire-amount.ts';
import type { AuthorizeDepositInput, QuoteRefusal } from '../schema-types.ts';
import { beginPayment } from './begin-payment.ts';
import { DEAD, Payment } from './payment.ts';
import { readQuote, type Quote } from './read-quote.ts';

export type AuthorizationResult =
  | { kind: 'REFUSED'; reason: QuoteRefusal }
  | { kind: 'CONFLICT' }
  | { kind: 'STANDS'; payment: Payment; clientSecret: string | null };

/** What is stored under the idempotency key: ids and states only. */
type Stored = { refused: QuoteRefusal } | { paymentId: string; opId: string | null };

/**
 * Reserves the deposit of a quote. Everything is written down before the processor is called: one payment, one operation
 * whose id is the processor's idempotency key. A repetition with the same key finds them and sends nothing.
 */
export async function authorizeDeposit(
  context: PaymentsContext,
  input: AuthorizeDepositInput,
): Promise<AuthorizationResult> {
  const { payments } = context;
  const { organizationId, accountId } = askingAccount(context);
  const quote = readQuote(input.quote, { key: payments.quoteKey, organizationId, clientId: accountId });
  if (quote === null) return { kind: 'REFUSED', reason: 'INVALID' };
  let isFirst = false;
  const { paymentMethodId, idempotencyKey: key } = input;
  const { holdId, amountMinor, currency } = quote;
  const request = { holdId, amountMinor, currency, paymentMethodId };
  let stored: Stored;
  try {
    stored = await inOrganization(context, async (tx) => {
      isFirst = false;
      await knowOrganization(tx);
      return onceByKey<Stored>(tx, { actor: accountId, operation: 'authorizeDeposit', key, request }, () => {
        isFirst = true;
        return begin(context, tx, { quote, paymentMethodId });
      });
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    throw error;
  }
  if ('refused' in stored) return { kind: 'REFUSED', reason: stored.refused };
  const { paymentId, opId } = stored;
  const outcome =
    isFirst && opId !== null
      ? await performOp(payments, { organizationId, opId }, context.caller)
      : undefined;
  const intent = outcome?.kind === 'DONE' && 'intent' in outcome.value ? outcome.value.intent : undefined;
  const payment = await inOrganization(context, (tx) =>
    tx.manager.findOneByOrFail(Payment, { id: paymentId }),
  );
  // The secret passes through to the payer this once; it is not stored, so a repetition has none.
  const clientSecret = payment.status === 'REQUIRES_ACTION' ? (intent?.clientSecret ?? null) : null;
  return { kind: 'STANDS', payment, clientSecret };
}

async function begin(
  context: PaymentsContext,
  tx: Transaction,
  { quote, paymentMethodId }: { quote: Quote; paymentMethodId: string },
): Promise<Stored> {
  const { payments } = context;
  const now = payments.clock();
  const amountMinor = BigInt(quote.amountMinor);
  if (now >= new Date(quote.expiresAt)) return { refused: 'EXPIRED' };
  if (!toWire({ amountMinor, currency: quote.currency }).possible)
    return { refused: 'CURRENCY_NOT_SUPPORTED' };
  const method = await ifUuid(paymentMethodId, () =>
    tx.manager.findOneBy(PaymentMethod, { id: paymentMethodId }),
  );
  const usable = method?.status === 'ACTIVE' && !method.isExpired(now);
  if (!usable || !may(context.ability, 'use', 'PaymentMethod', method))
    throw refused.notFound('payment method');

  // Locks the booking: two keys that race for one deposit meet here, one after the other.
  const booking = await noteBooking(payments, tx, { ...quote, outcome: 'HELD', version: 0 });
  if (booking.outcome === 'REFUSED' || booking.outcome === 'CANCELLED') return { refused: 'EXPIRED' };
  const earlier = await tx.manager.findBy(Payment, { bookingId: quote.bookingId, purpose: 'DEPOSIT' });
  const live = earlier.find(({ status }) => !DEAD.includes(status));
  if (live !== undefined) {
    await waitAsLongAs(tx, live, quote);
    return { paymentId: live.id, opId: null };
  }

  const { payment, op } = await beginPayment(
    { payments, tx, actor: context.caller },
    {
      purpose: 'DEPOSIT',
      bookingId: quote.bookingId,
      clientId: quote.clientId,
      methodId: method.id,
      amountMinor,
      currency: quote.currency,
      mandateId: null,
      offSession: false,
      holdId: quote.holdId,
      quoteExpiresAt: new Date(quote.expiresAt),
      now,
    },
  );
  return { paymentId: payment.id, opId: op?.id ?? null };
}

/** The slot is kept longer, so whoever is still on their bank's page may be so, too. Never shorter: an old quote may come late. */
async function waitAsLongAs(tx: Transaction, payment: Payment, quote: Quote): Promise<void> {
  const quoteExpiresAt = new Date(quote.expiresAt);
  if (payment.status !== 'REQUIRES_ACTION' || quoteExpiresAt <= payment.quoteExpiresAt) return;
  await tx.manager.update(Payment, { id: payment.id, status: 'REQUIRES_ACTION' }, { quoteExpiresAt });
}
