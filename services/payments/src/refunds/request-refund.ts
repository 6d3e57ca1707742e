import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { Payment } from '../payments/payment.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import type { RefundRefusal, RequestRefundInput } from '../schema-types.ts';
import { readRequest, writeRequest, type RefundRequestRow } from './refund-request.ts';

export type RequestResult =
  | { kind: 'REFUSED'; reason: RefundRefusal }
  | { kind: 'CONFLICT' }
  | { kind: 'WAITING'; request: RefundRequestRow };

type Stored = { refused: RefundRefusal } | { requestId: string };

/** The front desk asks billing to give something back of an appointment, as far as the organization lets it. */
export async function requestRefund(
  context: PaymentsContext,
  input: RequestRefundInput,
): Promise<RequestResult> {
  const { accountId } = askingAccount(context);
  const { amountMinor, reason, idempotencyKey: key } = input;
  const paidFor = readPaidFor(input);
  if (amountMinor <= 0)
    throw refused.badInput('Please ask for more than nothing.', { field: 'input.amountMinor' });
  const request = { ...paidFor, amountMinor, reason };
  try {
    return await inOrganization(context, async (tx) => {
      const once = { actor: accountId, operation: 'requestRefund', key, request };
      const stored = await onceByKey<Stored>(tx, once, () => ask(context, tx, { ...input, paidFor }));
      if ('refused' in stored) return { kind: 'REFUSED', reason: stored.refused };
      const found = await readRequest(tx, stored.requestId, context.clock());
      if (found === null) throw refused.notFound('request');
      return { kind: 'WAITING', request: found };
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    throw error;
  }
}

type PaidFor = { bookingId: string } | { passGrantId: string };

function readPaidFor({ bookingId, passPurchaseId }: RequestRefundInput): PaidFor {
  if (bookingId != null && passPurchaseId == null) return { bookingId };
  if (passPurchaseId != null && bookingId == null) return { passGrantId: passPurchaseId };
  throw refused.badInput('Please name either the booking or the purchase of a pass.', {
    field: 'input.bookingId',
  });
}

async function ask(
  { caller, clock }: PaymentsContext,
  tx: Transaction,
  input: RequestRefundInput & { paidFor: PaidFor },
): Promise<Stored> {
  const amountMinor = BigInt(input.amountMinor);
  const { frontDeskRefundMaxMinor: most } = await readPolicy(tx);
  const { paidFor } = input;
  const isPass = 'passGrantId' in paidFor;
  const payments = await ifUuid(isPass ? paidFor.passGrantId : paidFor.bookingId, () =>
    tx.manager.find(Payment, { where: paidFor, order: { createdAt: 'DESC' } }),
  );
  const what = isPass ? 'purchase' : 'booking';
  if (payments === null || payments.length === 0) throw refused.notFound(what);
  if (most === null || amountMinor > most) return { refused: 'ABOVE_LIMIT' };
  const taken = payments.filter(({ status }) => status === 'CAPTURED');
  const enough = taken.find((payment) => payment.refundableMinor() >= amountMinor);
  if (enough === undefined) return { refused: taken.length === 0 ? 'NOT_CAPTURED' : 'AMOUNT_TOO_LARGE' };
  const payment = await lockPayment(tx, enough.id);
  if (payment === null) throw refused.notFound(what);
  if (payment.disputedMinor > 0n) return { refused: 'DISPUTED' };
  const asked = { payment, amountMinor, reason: input.reason, actor: caller, now: clock() };
  const written = await writeRequest(tx, asked);
  return written === null ? { refused: 'ALREADY_REQUESTED' } : { requestId: written.id };
}
