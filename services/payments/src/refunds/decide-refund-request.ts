import type { Transaction } from '@kept/database';
import { invariant, refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { performOp } from '../operations/perform-op.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import type { DecideRefundRequestInput, RefundRequestRefusal } from '../schema-types.ts';
import { awaitsPass, beginStaffRefund } from './begin-staff-refund.ts';
import { readRequest, type RefundRequestRow } from './refund-request.ts';

const SIGN_IN_MAX_AGE_SECONDS = 600;

export type DecisionResult =
  { kind: 'REFUSED'; reason: RefundRequestRefusal } | { kind: 'DECIDED'; request: RefundRequestRow };
type Decided = { refused: RefundRequestRefusal } | { opId: string | null };

/**
 * A second person of billing gives back what somebody asked for, or declines. Nobody decides about their own request
 * (constraints `nobody_decides_about_their_own_request` and `nobody_approves_their_own_refund`). The same decision twice
 * stays as it was.
 */
export async function decideRefundRequest(
  context: PaymentsContext,
  input: DecideRefundRequestInput,
): Promise<DecisionResult> {
  const { caller, payments } = context;
  requireRecentSecondFactor(caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const { organizationId, accountId } = askingAccount(context);
  const decided = await inOrganization(context, (tx) => decide(context, tx, { ...input, accountId }));
  if ('refused' in decided) return { kind: 'REFUSED', reason: decided.refused };
  if (decided.opId !== null) await performOp(payments, { organizationId, opId: decided.opId }, caller);
  const request = await inOrganization(context, (tx) => readRequest(tx, input.requestId, context.clock()));
  invariant(request, 'a request that was decided is there');
  return { kind: 'DECIDED', request };
}

async function decide(
  context: PaymentsContext,
  tx: Transaction,
  { requestId, approve, accountId }: DecideRefundRequestInput & { accountId: string },
): Promise<Decided> {
  const { caller, payments } = context;
  const now = context.clock();
  const known = await ifUuid(requestId, () => readRequest(tx, requestId, now));
  const payment = known === null ? null : await lockPayment(tx, known.paymentId);
  // Read again under the lock: of two who decide at once, the second one finds it decided.
  const request = payment === null ? null : await readRequest(tx, requestId, now);
  if (payment === null || request === null) throw refused.notFound('request');
  const said = approve ? 'APPROVED' : 'DECLINED';
  if (request.status === said && request.decidedBy === accountId) return { opId: null };
  if (request.status === 'EXPIRED') return { refused: 'EXPIRED' };
  if (request.status !== 'WAITING') return { refused: 'DECIDED' };
  if (request.requestedBy === accountId) return { refused: 'OWN_REQUEST' };
  if (approve) {
    if (payment.status !== 'CAPTURED' || payment.disputedMinor > 0n) return { refused: 'NOT_POSSIBLE' };
    if (request.amountMinor > payment.refundableMinor()) return { refused: 'NOT_POSSIBLE' };
    const open = `SELECT FROM payment_op WHERE payment_id = $1 AND state IN ('REQUESTED', 'UNKNOWN')`;
    const isOpen = (await tx.query(open, [payment.id])).length > 0 || (await awaitsPass({ tx, payment }));
    if (isOpen) return { refused: 'STEP_UNDER_WAY' };
  }
  const begun = approve
    ? await beginStaffRefund(
        { payments, tx, payment, actor: caller },
        {
          amountMinor: request.amountMinor,
          reason: request.reason,
          requestedBy: request.requestedBy,
          approvedBy: accountId,
        },
      )
    : null;
  await tx.query(
    'UPDATE refund_request SET status = $2, decided_by = $3, decided_at = $4, refund_id = $5 WHERE id = $1',
    [requestId, said, accountId, now, begun?.refund.id ?? null],
  );
  await recordChange(tx, {
    actor: caller,
    action: approve ? 'refund_approved' : 'refund_declined',
    subject: { type: 'refund_request', id: requestId },
    dataSubjectId: payment.clientId,
    at: now,
    details: { paymentId: payment.id, requestedBy: request.requestedBy },
  });
  return { opId: begun?.opId ?? null };
}
