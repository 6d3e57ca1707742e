import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { invariant, refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { performOp } from '../operations/perform-op.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { Payment } from '../payments/payment.ts';
import { toWire } from '../processor/wire-amount.ts';
import type { RefundPaymentInput, RefundRefusal } from '../schema-types.ts';
import { awaitsPass, beginStaffRefund } from './begin-staff-refund.ts';
import { readRequest, writeRequest, type RefundRequestRow } from './refund-request.ts';
import { Refund } from './refund.ts';
import { takesTwoPeople } from './takes-two-people.ts';

export type RefundResult =
  | { kind: 'REFUSED'; reason: RefundRefusal }
  | { kind: 'CONFLICT' }
  | { kind: 'AWAITS_APPROVAL'; request: RefundRequestRow }
  | { kind: 'IN_PROGRESS'; payment: Payment }
  | { kind: 'REQUESTED'; refund: Refund; payment: Payment };

type Stored = { refused: RefundRefusal } | { requestId: string } | { refundId: string; opId: string | null };

/** Another operation of the payment is open. Nothing is stored under the key: asked again with it, the refund is made. */
class StepUnderWay extends Error {
  override readonly name = 'StepUnderWay';
}

// Money going out asks for more than a screen that was left open.
const REFUND_SIGN_IN_MAX_AGE_SECONDS = 600;

/** Gives money back because somebody of the organization decided so; set aside first, then asked of the processor. */
export async function refundPayment(
  context: PaymentsContext,
  input: RefundPaymentInput,
): Promise<RefundResult> {
  const { organizationId, accountId } = askingAccount(context);
  requireRecentSecondFactor(context.caller, {
    now: context.clock(),
    maxAgeSeconds: REFUND_SIGN_IN_MAX_AGE_SECONDS,
  });
  const { paymentId, amountMinor, reason, idempotencyKey: key } = input;
  if (amountMinor <= 0)
    throw refused.badInput('Please refund more than nothing.', { field: 'input.amountMinor' });
  let isFirst = false;
  let stored: Stored;
  try {
    stored = await inOrganization(context, async (tx) => {
      isFirst = false;
      await knowOrganization(tx);
      const request = { paymentId, amountMinor, reason };
      return onceByKey<Stored>(tx, { actor: accountId, operation: 'refundPayment', key, request }, () => {
        isFirst = true;
        return begin(context, tx, input);
      });
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    if (!(error instanceof StepUnderWay)) throw error;
    const payment = await inOrganization(context, (tx) =>
      tx.manager.findOneByOrFail(Payment, { id: paymentId }),
    );
    return { kind: 'IN_PROGRESS', payment };
  }
  if ('refused' in stored) return { kind: 'REFUSED', reason: stored.refused };
  if ('requestId' in stored) return awaitsApproval(context, stored.requestId);
  const { refundId, opId } = stored;
  if (isFirst && opId !== null) await performOp(context.payments, { organizationId, opId }, context.caller);
  return inOrganization(context, async (tx) => {
    const payment = await tx.manager.findOneByOrFail(Payment, { id: paymentId });
    const refund = await tx.manager.findOneByOrFail(Refund, { id: refundId });
    const wasRefused = refund.status === 'FAILED' && refund.processorReference === null;
    return wasRefused
      ? { kind: 'REFUSED', reason: 'PROVIDER_REFUSED' }
      : { kind: 'REQUESTED', refund, payment };
  });
}

/** More than one person may give back alone: a colleague decides. */
async function awaitsApproval(context: PaymentsContext, requestId: string): Promise<RefundResult> {
  const request = await inOrganization(context, (tx) => readRequest(tx, requestId, context.clock()));
  invariant(request, 'the request was written with its key');
  return { kind: 'AWAITS_APPROVAL', request };
}

async function begin(context: PaymentsContext, tx: Transaction, input: RefundPaymentInput): Promise<Stored> {
  const { payments, ability, caller } = context;
  const payment = await ifUuid(input.paymentId, () => lockPayment(tx, input.paymentId));
  if (payment === null || !may(ability, 'refund', 'Payment', payment)) throw refused.notFound('payment');
  const amountMinor = BigInt(input.amountMinor);
  if (payment.status !== 'CAPTURED') return { refused: 'NOT_CAPTURED' };
  // A refund of a disputed charge would be lost twice: the bank takes the money back as well.
  if (payment.disputedMinor > 0n) return { refused: 'DISPUTED' };
  if (!toWire({ amountMinor, currency: payment.currency }).possible)
    return { refused: 'AMOUNT_NOT_POSSIBLE' };
  const open = await tx.query(
    `SELECT FROM payment_op WHERE payment_id = $1 AND state IN ('REQUESTED', 'UNKNOWN')`,
    [payment.id],
  );
  if (open.length > 0 || (await awaitsPass({ tx, payment })))
    throw new StepUnderWay('Another step of this payment is under way.');
  if (amountMinor > payment.refundableMinor()) return { refused: 'AMOUNT_TOO_LARGE' };
  const { accountId } = caller;
  const now = payments.clock();
  if (await takesTwoPeople(tx, { paymentId: payment.id, amountMinor, accountId, now })) {
    const asked = { payment, amountMinor, reason: input.reason, actor: caller, now };
    const written = await writeRequest(tx, asked);
    return written === null ? { refused: 'ALREADY_REQUESTED' } : { requestId: written.id };
  }
  invariant(accountId, 'only signed-in staff can refund');
  const { refund, opId } = await beginStaffRefund(
    { payments, tx, payment, actor: caller },
    { amountMinor, reason: input.reason, requestedBy: accountId },
  );
  return { refundId: refund.id, opId };
}
