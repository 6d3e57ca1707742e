import type { Transaction } from '@kept/database';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { performOp } from '../operations/perform-op.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { DEAD } from '../payments/payment.ts';
import { beginRefund } from '../refunds/begin-refund.ts';
import { takesTwoPeople } from '../refunds/takes-two-people.ts';
import type { FeeWaiverRefusal, WaiveFeeInput } from '../schema-types.ts';
import { lockFee } from './charge-fee.ts';
import type { Fee } from './fee.ts';

const SIGN_IN_MAX_AGE_SECONDS = 600;

export type WaiverResult = { kind: 'WAIVED'; fee: Fee } | { kind: 'REFUSED'; reason: FeeWaiverRefusal };
type Waived = { fee: Fee; opId: string | null } | { reason: FeeWaiverRefusal };

/**
 * Somebody of the business lets a client off, and says why. A fee that was taken already goes back; from here on it is
 * never charged again (constraint `waived_fee_is_not_charged`). Asked again, it stays as it is.
 */
export async function waiveFee(context: PaymentsContext, input: WaiveFeeInput): Promise<WaiverResult> {
  const { caller, payments } = context;
  requireRecentSecondFactor(caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const { organizationId } = askingAccount(context);
  const waived = await inOrganization(context, (tx) => waive(context, tx, input));
  if ('reason' in waived) return { kind: 'REFUSED', reason: waived.reason };
  if (waived.opId !== null) await performOp(payments, { organizationId, opId: waived.opId }, caller);
  return { kind: 'WAIVED', fee: waived.fee };
}

async function waive(context: PaymentsContext, tx: Transaction, input: WaiveFeeInput): Promise<Waived> {
  const { caller, payments } = context;
  const fee = await ifUuid(input.feeId, () => lockFee(tx, input.feeId));
  if (fee === null) throw refused.notFound('fee');
  if (fee.state === 'WAIVED') return { fee, opId: null };
  const given = fee.state === 'CHARGED' ? await giveBack(context, tx, fee) : { opId: null };
  if ('reason' in given) return given;
  const now = payments.clock();
  Object.assign(fee, {
    state: 'WAIVED',
    waivedBy: caller.accountId,
    waiverReason: input.reason,
    decidedAt: now,
  });
  await tx.manager.save(fee);
  await recordChange(tx, {
    actor: caller,
    action: 'fee_waived',
    subject: { type: 'fee', id: fee.id },
    dataSubjectId: fee.clientId,
    at: now,
    details: { bookingId: fee.bookingId, purpose: fee.purpose, reason: input.reason },
  });
  return { fee, opId: given.opId };
}

/** What was taken for it goes back; what is on its way has to arrive first. */
async function giveBack(
  { caller, payments }: PaymentsContext,
  tx: Transaction,
  { paymentId }: Fee,
): Promise<{ opId: string | null } | { reason: FeeWaiverRefusal }> {
  const payment = paymentId === null ? null : await lockPayment(tx, paymentId);
  if (payment === null || DEAD.includes(payment.status)) return { opId: null };
  const open = await tx.query(
    `SELECT FROM payment_op WHERE payment_id = $1 AND state IN ('REQUESTED', 'UNKNOWN')`,
    [payment.id],
  );
  if (payment.status !== 'CAPTURED' || open.length > 0) return { reason: 'BEING_CHARGED' };
  if (payment.disputedMinor > 0n) return { reason: 'DISPUTED' };
  const amountMinor = payment.refundableMinor();
  if (amountMinor === 0n) return { opId: null };
  const { accountId } = caller;
  if (await takesTwoPeople(tx, { paymentId: payment.id, amountMinor, accountId, now: payments.clock() }))
    return { reason: 'TAKES_TWO_PEOPLE' };
  const refund = { amountMinor, cause: 'STAFF_DECISION', reason: 'GOODWILL' } as const;
  const requestedBy = accountId ?? undefined;
  const { op } = await beginRefund(
    { payments, tx, payment, actor: caller },
    { ...refund, ...(requestedBy !== undefined && { requestedBy }) },
  );
  return { opId: op.id };
}
