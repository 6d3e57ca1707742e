import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { recordChange, type Actor } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { toNumber } from '../money/minor-units.ts';
import type { Payment } from './payment.ts';

export interface Merge {
  payments: Payments;
  tx: Transaction;
  /** Locked by this transaction (lock-payment.ts). */
  payment: Payment;
  actor: Actor;
}

/** Saved after every step: PostgreSQL checks each against the state machine. */
export async function move({ tx, payment }: Merge, change: (payment: Payment) => void): Promise<void> {
  change(payment);
  await tx.manager.save(payment);
}

/** Nothing was reserved. A payment that has come further does not fail any more. */
export async function failPayment(merge: Merge, reason: string): Promise<void> {
  const { payment } = merge;
  // Never sent: nothing was asked of anybody, so nothing has failed.
  if (payment.status === 'CREATED') return move(merge, () => payment.abandon());
  if (payment.status !== 'AUTHORIZING' && payment.status !== 'REQUIRES_ACTION') return;
  await settleSoonIfSecuring(merge);
  await move(merge, () => payment.fail(reason));
  await tell(merge, 'payment.failed', payment.amountMinor, reason);
  await auditPayment(merge, 'payment_failed', 'FAILURE');
}

/** An appointment may stand on it, or on what was reserved before it, and its client is to be asked: settlement does so. */
export async function settleSoonIfSecuring({ payments, tx, payment }: Merge): Promise<void> {
  if (payment.holdId === null) return;
  payment.settleDueAt = payments.clock();
  settleAfterCommit(payments, tx, payment);
  await tx.query(
    `UPDATE payment SET settle_due_at = $3 WHERE booking_id = $1 AND id <> $2 AND purpose = 'HOLD' AND unpaid_at IS NULL`,
    [payment.bookingId, payment.id, payment.settleDueAt],
  );
}

// oxlint-disable-next-line max-params -- tell(merge, 'payment.captured', amount) reads as a sentence
export async function tell(
  { tx, payment }: Merge,
  event: 'payment.captured' | 'payment.voided' | 'payment.failed',
  amountMinor: bigint,
  reason?: string,
): Promise<void> {
  const { id: paymentId, bookingId, currency } = payment;
  // Of a pass only its being paid for matters to anybody else.
  if (bookingId === null) return event === 'payment.captured' ? tellPaid(tx, payment) : undefined;
  const amount = { amountMinor: toNumber(amountMinor), currency };
  await publish(tx, event, { paymentId, bookingId, ...amount, ...(reason !== undefined && { reason }) });
}

async function tellPaid(tx: Transaction, payment: Payment): Promise<void> {
  const { passGrantId: purchaseId, clientId, capturedMinor, currency } = payment;
  if (purchaseId === null) return;
  await publish(tx, 'pass.paid', { purchaseId, clientId, amountMinor: toNumber(capturedMinor), currency });
}

export function auditPayment(
  merge: Merge,
  action: string,
  outcome: 'SUCCESS' | 'FAILURE' = 'SUCCESS',
): Promise<void> {
  const { payments, tx, payment, actor } = merge;
  return recordChange(tx, {
    actor,
    action,
    subject: { type: 'payment', id: payment.id },
    dataSubjectId: payment.clientId,
    at: payments.clock(),
    outcome,
    details: {
      ...(payment.bookingId !== null && { bookingId: payment.bookingId }),
      purpose: payment.purpose,
      amountMinor: String(payment.amountMinor),
      currency: payment.currency,
    },
  });
}

export function settleAfterCommit(payments: Payments, tx: Transaction, payment: Payment): void {
  const { organizationId, id: paymentId } = payment;
  tx.afterCommit(() => payments.settleSoon({ organizationId, paymentId }));
}
