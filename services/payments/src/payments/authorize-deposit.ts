import { IdempotencyConflict, onceByKey } from '@kept/database';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { performOp } from '../operations/perform-op.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import type { AuthorizeDepositInput, QuoteRefusal } from '../schema-types.ts';
import { beginQuoted, type Begun } from './begin-quoted.ts';
import { Payment } from './payment.ts';
import { readQuote } from './read-quote.ts';

export type AuthorizationResult =
  | { kind: 'REFUSED'; reason: QuoteRefusal }
  | { kind: 'CONFLICT' }
  | { kind: 'SECURED'; bookingId: string }
  | { kind: 'STANDS'; payment: Payment; clientSecret: string | null };

/**
 * Pays for a slot as its quote and the organization want it: a deposit, a reservation until the appointment or later, or
 * a card that stands for its fees. Everything is written down before the processor is called: one payment, one operation
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
  let stored: Begun;
  try {
    stored = await inOrganization(context, async (tx) => {
      isFirst = false;
      await knowOrganization(tx);
      return onceByKey<Begun>(tx, { actor: accountId, operation: 'authorizeDeposit', key, request }, () => {
        isFirst = true;
        return beginQuoted(context, tx, { quote, paymentMethodId });
      });
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    throw error;
  }
  if ('refused' in stored) return { kind: 'REFUSED', reason: stored.refused };
  if ('secured' in stored) return { kind: 'SECURED', bookingId: stored.secured };
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
