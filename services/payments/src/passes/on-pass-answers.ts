import type { Transaction } from '@kept/database';
import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { settleAfterCommit } from '../payments/payment-change.ts';
import type { Payment } from '../payments/payment.ts';
import { dropRefund } from '../refunds/apply-refund-facts.ts';
import { byItself } from '../audit/record-change.ts';
import { Refund } from '../refunds/refund.ts';
import { changePass } from './bought-pass.ts';

/** The pass is there. What was paid for it is earned when it ends. */
export const onPassGranted =
  (payments: Payments): EventHandler<'pass.granted'> =>
  async (tx, { payload: { purchaseId, validUntil } }) => {
    const payment = await lockPaid(tx, purchaseId);
    if (payment === null) return;
    const granted = { outcome: 'GRANTED', validUntil: new Date(validUntil), from: 'OFFERED' } as const;
    if (await changePass(tx, purchaseId, granted)) await settleSoon(payments, tx, payment);
  };

/** It could not be granted: the money goes back. */
export const onPassRefused =
  (payments: Payments): EventHandler<'pass.refused'> =>
  async (tx, { payload: { purchaseId } }) => {
    const payment = await lockPaid(tx, purchaseId);
    if (payment === null) return;
    const isNews = await changePass(tx, purchaseId, { outcome: 'REFUSED', from: 'OFFERED' });
    if (isNews) await settleSoon(payments, tx, payment);
  };

/** Nobody can use it any more: the refund that waited for this is sent (settlement/for-pass.ts). */
export const onPassRevoked =
  (payments: Payments): EventHandler<'pass.revoked'> =>
  async (tx, { payload: { purchaseId, refundId } }) => {
    const payment = await lockPaid(tx, purchaseId);
    const refund = payment === null ? null : await waitingRefund(tx, payment, refundId);
    if (payment === null || refund === null) return;
    await changePass(tx, purchaseId, { outcome: 'RETURNED', returnedFor: refundId, from: 'GRANTED' });
    await settleSoon(payments, tx, payment);
  };

/** A credit was used before the pass could be taken back: what was set aside can be given back another time. */
export const onPassKept =
  (payments: Payments): EventHandler<'pass.kept'> =>
  async (tx, { payload: { purchaseId, refundId, reason } }) => {
    const payment = await lockPaid(tx, purchaseId);
    const refund = payment === null ? null : await waitingRefund(tx, payment, refundId);
    if (payment === null || refund === null) return;
    await dropRefund({ payments, tx, payment, actor: byItself('pass.kept') }, refund);
    payments.log.info({ refundId, reason }, 'a pass was kept, and its refund called off');
  };

/** The payment whose money is taken; there is one at most (`one_live_payment_per_pass`). */
async function lockPaid(tx: Transaction, purchaseId: string): Promise<Payment | null> {
  const [paid] = await tx.query<{ id: string }>(
    `SELECT id FROM payment WHERE pass_grant_id = $1 AND status = 'CAPTURED'`,
    [purchaseId],
  );
  return paid === undefined ? null : lockPayment(tx, paid.id);
}

/** It was set aside, and nothing of it was sent. */
async function waitingRefund(
  tx: Transaction,
  { id: paymentId }: Payment,
  id: string,
): Promise<Refund | null> {
  const refund = await tx.manager.findOneBy(Refund, { id, paymentId, status: 'REQUESTED' });
  const sent = await tx.query('SELECT FROM payment_op WHERE refund_id = $1', [id]);
  return sent.length > 0 ? null : refund;
}

async function settleSoon(payments: Payments, tx: Transaction, payment: Payment): Promise<void> {
  payment.settleDueAt = payments.clock();
  await tx.manager.save(payment);
  settleAfterCommit(payments, tx, payment);
}
