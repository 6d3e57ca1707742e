import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { recordChange } from '../audit/record-change.ts';
import { entriesOf, postTransaction, type LedgerKind } from '../ledger/post-transaction.ts';
import { toNumber } from '../money/minor-units.ts';
import { notifyClient } from '../notices/notify-client.ts';
import { passStays } from '../passes/pass-stays.ts';
import { ContradictoryFacts, settleAfterCommit, type Merge } from '../payments/apply-intent-facts.ts';
import type { RefundFacts } from '../processor/payment-processor.ts';
import { sealReference } from '../processor/sealed-reference.ts';
import { Refund, type RefundStatus } from './refund.ts';

/** Brings a refund forward to what the processor says now; the payment is locked by this transaction. */
export async function applyRefundFacts(merge: Merge, refundId: string, facts: RefundFacts): Promise<void> {
  const { payments, tx, payment } = merge;
  const refund = await tx.manager.findOneByOrFail(Refund, { id: refundId, paymentId: payment.id });
  if (facts.amountMinor !== refund.amountMinor) {
    throw new ContradictoryFacts(`the processor's refund does not fit refund ${refund.id}`);
  }
  if (refund.processorReference === null) {
    const { keyring } = payments;
    const place = { table: 'refund', rowId: refund.id, clientId: refund.clientId } as const;
    refund.processorReference = await sealReference({ keyring, tx, reference: facts.reference }, place);
    await tx.manager.save(refund);
  }
  if (facts.status === 'PENDING' && refund.status === 'REQUESTED') await setStatus(tx, refund, 'PENDING');
  if (facts.status === 'SUCCEEDED') await succeed(merge, refund);
  if (facts.status === 'FAILED' || facts.status === 'CANCELED') await fail(merge, refund, facts.status);
  await tx.query(
    `UPDATE payment_op SET state = 'DONE' WHERE refund_id = $1 AND state IN ('REQUESTED', 'UNKNOWN')`,
    [refund.id],
  );
}

/** Nothing of it was sent, and nothing will be: the amount can be refunded again. */
export const dropRefund = (merge: Merge, refund: Refund): Promise<void> => fail(merge, refund, 'CANCELED');

/** The processor definitively refused: the amount can be refunded again. */
export async function refuseRefund(merge: Merge, refundId: string, code: string): Promise<void> {
  const refund = await merge.tx.manager.findOneByOrFail(Refund, { id: refundId });
  await fail(merge, refund, 'FAILED');
  merge.payments.log.warn({ refundId, code }, 'a refund was refused');
}

async function setStatus(tx: Transaction, refund: Refund, status: RefundStatus): Promise<void> {
  refund.status = status;
  await tx.manager.save(refund);
}

async function succeed(merge: Merge, refund: Refund): Promise<void> {
  const { payments, tx, payment } = merge;
  if (refund.status !== 'REQUESTED' && refund.status !== 'PENDING') return;
  await setStatus(tx, refund, 'SUCCEEDED');
  payment.refundPendingMinor -= refund.amountMinor;
  payment.refundedMinor += refund.amountMinor;
  await tx.manager.save(payment);
  await post(merge, refund, 'REFUND_SUCCEEDED');
  const { id: paymentId, bookingId, currency } = payment;
  const amountMinor = toNumber(refund.amountMinor);
  if (bookingId !== null)
    await publish(tx, 'payment.refunded', { paymentId, bookingId, amountMinor, currency });
  await notifyClient(tx, {
    payment,
    template: 'payment-refunded',
    causeId: refund.id,
    amountMinor: refund.amountMinor,
    at: payments.clock(),
  });
  await auditRefund(merge, refund, 'payment_refunded');
}

async function fail(merge: Merge, refund: Refund, status: 'FAILED' | 'CANCELED'): Promise<void> {
  const { payments, tx, payment } = merge;
  if (refund.status === 'FAILED' || refund.status === 'CANCELED') return;
  const sentBack = refund.status === 'SUCCEEDED';
  // Only FAILED can follow SUCCEEDED: the bank sent it back, and the amount can be refunded again.
  await setStatus(tx, refund, sentBack ? 'FAILED' : status);
  if (sentBack) payment.refundedMinor -= refund.amountMinor;
  else payment.refundPendingMinor -= refund.amountMinor;
  if (refund.forgives()) payment.forgivenMinor -= refund.amountMinor;
  // A cancellation may have counted on this refund of staff; what it owes is due again.
  payment.settleDueAt = payments.clock();
  await tx.manager.save(payment);
  await post(merge, refund, 'REFUND_FAILED', sentBack);
  if (sentBack) {
    const { id: causeId, amountMinor } = refund;
    const template = 'payment-refund-failed';
    await notifyClient(tx, { payment, template, causeId, amountMinor, at: payments.clock() });
  }
  await passStays(merge, refund);
  await auditRefund(merge, refund, 'refund_failed', 'FAILURE');
  settleAfterCommit(payments, tx, payment);
}

// oxlint-disable-next-line max-params -- post(merge, refund, 'REFUND_FAILED', sentBack) reads as a sentence
async function post(merge: Merge, refund: Refund, kind: LedgerKind, sentBack = false): Promise<void> {
  const { payments, tx, payment } = merge;
  const entries =
    kind === 'REFUND_SUCCEEDED'
      ? entriesOf.refundSucceeded(refund)
      : sentBack
        ? entriesOf.refundSentBack(refund)
        : entriesOf.refundFailed(refund);
  await postTransaction(tx, { payment, causeId: refund.id, kind, entries, at: payments.clock() });
}

// oxlint-disable-next-line max-params -- auditRefund(merge, refund, 'payment_refunded') reads as a sentence
export function auditRefund(
  { payments, tx, payment, actor }: Merge,
  refund: Refund,
  action: string,
  outcome: 'SUCCESS' | 'FAILURE' = 'SUCCESS',
): Promise<void> {
  return recordChange(tx, {
    actor,
    action,
    subject: { type: 'refund', id: refund.id },
    dataSubjectId: refund.clientId,
    at: payments.clock(),
    outcome,
    details: {
      paymentId: payment.id,
      cause: refund.cause,
      amountMinor: String(refund.amountMinor),
      currency: payment.currency,
    },
  });
}
