import { randomUUID } from 'node:crypto';
import { beginOp } from '../operations/begin-op.ts';
import type { PaymentOp } from '../operations/payment-op.ts';
import { entriesOf, postTransaction } from '../ledger/post-transaction.ts';
import { taxOfRefund } from '../money/tax.ts';
import type { Merge } from '../payments/apply-intent-facts.ts';
import { auditRefund } from './apply-refund-facts.ts';
import { Refund, type RefundCause } from './refund.ts';

/**
 * Writes down a refund and the operation that asks for it, and sets the amount aside: from here on nobody can give back
 * the same money twice (`refunds_at_most_captured`). The payment is locked by this transaction.
 */
export async function beginRefund(
  merge: Merge,
  request: Refunding,
): Promise<{ refund: Refund; op: PaymentOp }> {
  const refund = await setAside(merge, request);
  return { refund, op: await sendRefund(merge, refund) };
}

export interface Refunding {
  amountMinor: bigint;
  cause: RefundCause;
  reason?: string;
  requestedBy?: string;
  approvedBy?: string;
}

/** The operation that asks for it; the caller performs it once this is committed. */
export const sendRefund = ({ payments, tx, payment }: Merge, refund: Refund): ReturnType<typeof beginOp> =>
  beginOp(tx, {
    payment,
    kind: 'REFUND',
    amountMinor: refund.amountMinor,
    refund,
    now: payments.clock(),
  });

/** The same without the operation, for what must wait for something before it is sent. */
export async function setAside(merge: Merge, request: Refunding): Promise<Refund> {
  const { payments, tx, payment } = merge;
  const now = payments.clock();
  const refund = tx.manager.create(Refund, {
    id: randomUUID(),
    organizationId: payment.organizationId,
    paymentId: payment.id,
    clientId: payment.clientId,
    amountMinor: request.amountMinor,
    taxMinor: await taxOf(merge, request.amountMinor),
    cause: request.cause,
    reason: request.reason ?? null,
    requestedBy: request.requestedBy ?? null,
    approvedBy: request.approvedBy ?? null,
    status: 'REQUESTED',
    processorReference: null,
    createdAt: now,
  });
  await tx.manager.insert(Refund, refund);
  payment.refundPendingMinor += request.amountMinor;
  if (refund.forgives()) payment.forgivenMinor += request.amountMinor;
  await tx.manager.save(payment);
  await postTransaction(tx, {
    payment,
    causeId: refund.id,
    kind: 'REFUND_REQUESTED',
    entries: entriesOf.refundRequested(refund),
    at: now,
  });
  await auditRefund(merge, refund, 'refund_requested');
  return refund;
}

/** The tax in it: all refunds of a payment together give back exactly the tax that was taken. */
async function taxOf({ tx, payment }: Merge, amountMinor: bigint): Promise<bigint> {
  if (payment.taxMinor === 0n) return 0n;
  const [given] = await tx.query<{ tax: string }>(
    `SELECT coalesce(sum(tax_minor), 0)::text AS tax FROM refund
     WHERE payment_id = $1 AND status NOT IN ('FAILED', 'CANCELED')`,
    [payment.id],
  );
  const taxLeftMinor = payment.taxMinor - BigInt(given?.tax ?? 0);
  return taxOfRefund(amountMinor, { refundableMinor: payment.refundableMinor(), taxLeftMinor });
}
