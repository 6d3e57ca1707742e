import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import type { Actor } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { applyIntentFacts, failPayment, type Merge } from '../payments/apply-intent-facts.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { applyRefundFacts, refuseRefund } from '../refunds/apply-refund-facts.ts';
import { PaymentOp } from './payment-op.ts';
import type { OpOutcome, OpPlace } from './send-op.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/**
 * When an unknown outcome is looked up again, after Kill Bill's janitor (5 min, 1 h, then 1 d × 5) with two early looks:
 * a hold lasts fifteen minutes, and most lost answers are lost connections.
 */
const CHECK_AFTER_MS = [10_000, MINUTE, 5 * MINUTE, HOUR, DAY, DAY, DAY, DAY, DAY];

/** Records what is certain now about an operation, and brings its payment forward. May run twice: the second changes nothing. */
export async function recordOutcome(
  payments: Payments,
  place: OpPlace,
  { outcome, actor }: { outcome: OpOutcome; actor: Actor },
): Promise<void> {
  await payments.database.transaction(place.organizationId, async (tx) => {
    const { paymentId } = await tx.manager.findOneByOrFail(PaymentOp, { id: place.opId });
    const payment = await lockPayment(tx, paymentId);
    invariant(payment, 'an operation belongs to a payment');
    // Read again under the lock: a webhook may have closed it.
    const op = await tx.manager.findOneByOrFail(PaymentOp, { id: place.opId });
    const merge: Merge = { payments, tx, payment, actor };
    if (outcome.kind === 'DONE') await applyFacts(merge, op, outcome.value);
    if (!op.isOpen()) return;
    if (outcome.kind === 'REJECTED') await applyRejection(merge, op, outcome);
    // Also after facts that decide nothing yet: whether it is still open is the database's to say.
    await checkAgainLater(payments, tx, { op, why: outcome.kind === 'UNKNOWN' ? outcome.why : null });
  });
}

async function applyFacts(merge: Merge, op: PaymentOp, value: Extract<OpOutcome, { kind: 'DONE' }>['value']) {
  if ('intent' in value) return applyIntentFacts(merge, value.intent);
  invariant(op.refundId, 'a refund operation names its refund');
  return applyRefundFacts(merge, op.refundId, value.refund);
}

async function applyRejection(
  merge: Merge,
  op: PaymentOp,
  { code, intent }: Extract<OpOutcome, { kind: 'REJECTED' }>,
): Promise<void> {
  const { tx, payment } = merge;
  await tx.manager.update(PaymentOp, op.id, { state: 'REJECTED', processorCode: code });
  if (op.kind === 'AUTHORIZE') return failPayment(merge, code);
  if (op.kind === 'CAPTURE' && payment.status === 'CAPTURING') {
    payment.captureFailed();
    await tx.manager.save(payment);
  }
  if (op.kind === 'REFUND' && op.refundId !== null) await refuseRefund(merge, op.refundId, code);
  // It could not be called off because it is elsewhere: that counts now, whether or not a webhook ever says so.
  if (op.kind === 'VOID' && intent !== undefined) await applyIntentFacts(merge, intent);
}

async function checkAgainLater(
  payments: Payments,
  tx: Transaction,
  { op, why }: { op: PaymentOp; why: string | null },
): Promise<void> {
  const after = CHECK_AFTER_MS[op.checks];
  const rows = await tx.query(
    `UPDATE payment_op SET state = 'UNKNOWN', checks = checks + 1, next_check_at = $2, processor_code = $3
     WHERE id = $1 AND state IN ('REQUESTED', 'UNKNOWN') RETURNING id`,
    // After the last look a person has to find out; the payment stays as it is, and the log said so.
    [op.id, after === undefined ? 'infinity' : new Date(payments.clock().getTime() + after), why],
  );
  if (rows.length === 0) return;
  const detail = { paymentOpId: op.id, kind: op.kind, checks: op.checks, why };
  if (after === undefined) payments.log.error(detail, 'the outcome of a payment operation stays unknown');
  else payments.log.warn(detail, 'the outcome of a payment operation is not known yet');
}
