import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { chargeFee, lockFee } from './charge-fee.ts';
import { Fee } from './fee.ts';

const SIGN_IN_MAX_AGE_SECONDS = 600;

/**
 * Somebody of billing has a fee charged that the bank had refused, or that nobody had agreed to then. What is on its way,
 * taken or waived stays as it is.
 */
export async function tryFeeAgain(context: PaymentsContext, feeId: string): Promise<Fee> {
  const { caller, payments } = context;
  requireRecentSecondFactor(caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const { organizationId } = askingAccount(context);
  const again = await inOrganization(context, async (tx) => {
    const fee = await ifUuid(feeId, () => lockFee(tx, feeId));
    if (fee === null) throw refused.notFound('fee');
    const payment =
      fee.paymentId === null ? null : await tx.manager.findOneBy(Payment, { id: fee.paymentId });
    const failed = fee.state === 'CHARGED' && payment !== null && DEAD.includes(payment.status);
    if (!failed && fee.state !== 'NOT_AGREED') return false;
    const now = payments.clock();
    await tx.manager.update(Fee, fee.id, { state: 'WAITING', dueAt: now, decidedAt: null });
    await recordChange(tx, {
      actor: caller,
      action: 'fee_charged_again',
      subject: { type: 'fee', id: fee.id },
      dataSubjectId: fee.clientId,
      at: now,
      details: { bookingId: fee.bookingId, purpose: fee.purpose },
    });
    return true;
  });
  if (again) await chargeFee(payments, { organizationId, feeId });
  return inOrganization(context, (tx) => tx.manager.findOneByOrFail(Fee, { id: feeId }));
}
