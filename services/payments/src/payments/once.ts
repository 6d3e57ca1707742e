import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { performOp } from '../operations/perform-op.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { Payment } from './payment.ts';

/** What is stored under an idempotency key: ids and codes only. */
export type Stored<Refusal extends string> =
  { refused: Refusal } | { paymentId: string; opId: string | null };

export type Answer<Refusal extends string> =
  | { kind: 'CONFLICT' }
  | { kind: 'REFUSED'; reason: Refusal }
  | { kind: 'STANDS'; payment: Payment; clientSecret: string | null };

interface Asked<Refusal extends string> {
  operation: string;
  key: string;
  request: Record<string, string | number | null>;
  begin: (tx: Transaction) => Promise<Stored<Refusal>>;
}

/**
 * Begins a payment once, whatever is repeated: written down first, then sent and taken as far as it goes at once. A
 * repetition with the same key finds what was begun and sends nothing.
 */
export async function payOnce<Refusal extends string>(
  context: PaymentsContext,
  { operation, key, request, begin }: Asked<Refusal>,
): Promise<Answer<Refusal>> {
  const { payments } = context;
  const { organizationId, accountId: actor } = askingAccount(context);
  let isFirst = false;
  let stored: Stored<Refusal>;
  try {
    stored = await inOrganization(context, async (tx) => {
      isFirst = false;
      await knowOrganization(tx);
      return onceByKey<Stored<Refusal>>(tx, { actor, operation, key, request }, () => {
        isFirst = true;
        return begin(tx);
      });
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    throw error;
  }
  if ('refused' in stored) return { kind: 'REFUSED', reason: stored.refused };
  const { paymentId, opId } = stored;
  const sent =
    isFirst && opId !== null
      ? await performOp(payments, { organizationId, opId }, context.caller)
      : undefined;
  if (sent?.kind === 'DONE') await settlePayment(payments, { organizationId, paymentId });
  const intent = sent?.kind === 'DONE' && 'intent' in sent.value ? sent.value.intent : undefined;
  const payment = await inOrganization(context, (tx) =>
    tx.manager.findOneByOrFail(Payment, { id: paymentId }),
  );
  // The secret passes through to the payer this once; it is not stored, so a repetition has none.
  const clientSecret = payment.status === 'REQUIRES_ACTION' ? (intent?.clientSecret ?? null) : null;
  return { kind: 'STANDS', payment, clientSecret };
}
