import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { settleAfterCommit } from '../payments/payment-change.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import type { DecidePaymentReviewInput } from '../schema-types.ts';
import { PaymentAssessment } from './payment-assessment.ts';

export type ReviewResult =
  { kind: 'CONFLICT' } | { kind: 'NOT_OPEN' } | { kind: 'DECIDED'; payment: Payment };

const SIGN_IN_MAX_AGE_SECONDS = 600;

/** Somebody has looked at a payment that waited: it goes on, or what is reserved for it is released. */
export async function decidePaymentReview(
  context: PaymentsContext,
  input: DecidePaymentReviewInput,
): Promise<ReviewResult> {
  const { accountId: actor } = askingAccount(context);
  requireRecentSecondFactor(context.caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const { idempotencyKey: key, ...request } = input;
  try {
    return await inOrganization(context, async (tx) => {
      const stored = await onceByKey(tx, { actor, operation: 'decidePaymentReview', key, request }, () =>
        decide(context, tx, { ...request, decidedBy: actor }),
      );
      if (stored.paymentId === null) return { kind: 'NOT_OPEN' };
      const payment = await tx.manager.findOneByOrFail(Payment, { id: stored.paymentId });
      return { kind: 'DECIDED', payment };
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    throw error;
  }
}

type Decision = Omit<DecidePaymentReviewInput, 'idempotencyKey'> & { decidedBy: string };

async function decide(
  { payments, ability, caller }: PaymentsContext,
  tx: Transaction,
  { paymentId, decision, reason, decidedBy }: Decision,
): Promise<{ paymentId: string | null }> {
  const payment = await ifUuid(paymentId, () => lockPayment(tx, paymentId));
  if (payment === null || !may(ability, 'review', 'Payment', payment)) throw refused.notFound('payment');
  const now = payments.clock();
  const open = await tx.manager.findOneBy(PaymentAssessment, [
    { paymentId: payment.id, outcome: 'REVIEW' },
    { paymentId: payment.id, processorRisk: 'highest' },
  ]);
  // Decided under the payment's lock: of two people who decide at once, the second is told.
  if (open === null || open.decision !== null) return { paymentId: null };
  await tx.manager.update(PaymentAssessment, open.id, {
    decision,
    decisionReason: reason,
    decidedBy,
    decidedAt: now,
  });
  payment.settleDueAt = now;
  if (decision === 'REFUSE') await giveUp(tx, payment, now);
  await tx.manager.save(payment);
  await recordChange(tx, {
    actor: caller,
    action: 'payment_review_decided',
    subject: { type: 'payment', id: payment.id },
    dataSubjectId: payment.clientId,
    at: now,
    details: { decision, reason, ruleVersion: String(open.ruleVersion) },
  });
  settleAfterCommit(payments, tx, payment);
  return { paymentId: payment.id };
}

/** Nobody pays for the slot any more; the business has decided what follows from that. */
async function giveUp(tx: Transaction, payment: Payment, now: Date): Promise<void> {
  const { id: paymentId, bookingId, holdId } = payment;
  // What is paid for something else decides about no slot.
  if (bookingId === null || holdId === null || DEAD.includes(payment.status) || payment.unpaidAt !== null)
    return;
  const { onUnpaid: policy } = await readPolicy(tx, payment.createdAt);
  payment.unpaidAt = now;
  await publish(tx, 'payment.unpaid', { paymentId, bookingId, reason: 'review_refused', policy });
}
