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
  const { bookingId, amountMinor, reason, idempotencyKey: key } = input;
  if (amountMinor <= 0)
    throw refused.badInput('Please ask for more than nothing.', { field: 'input.amountMinor' });
  const request = { bookingId, amountMinor, reason };
  try {
    return await inOrganization(context, async (tx) => {
      const once = { actor: accountId, operation: 'requestRefund', key, request };
      const stored = await onceByKey<Stored>(tx, once, () => ask(context, tx, input));
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

async function ask(
  { caller, clock }: PaymentsContext,
  tx: Transaction,
  input: RequestRefundInput,
): Promise<Stored> {
  const amountMinor = BigInt(input.amountMinor);
  const { frontDeskRefundMaxMinor: most } = await readPolicy(tx);
  const payments = await ifUuid(input.bookingId, () =>
    tx.manager.find(Payment, { where: { bookingId: input.bookingId }, order: { createdAt: 'DESC' } }),
  );
  if (payments === null || payments.length === 0) throw refused.notFound('booking');
  if (most === null || amountMinor > most) return { refused: 'ABOVE_LIMIT' };
  const taken = payments.filter(({ status }) => status === 'CAPTURED');
  const enough = taken.find((payment) => payment.refundableMinor() >= amountMinor);
  if (enough === undefined) return { refused: taken.length === 0 ? 'NOT_CAPTURED' : 'AMOUNT_TOO_LARGE' };
  const payment = await lockPayment(tx, enough.id);
  if (payment === null) throw refused.notFound('booking');
  if (payment.disputedMinor > 0n) return { refused: 'DISPUTED' };
  const asked = { payment, amountMinor, reason: input.reason, actor: caller, now: clock() };
  const written = await writeRequest(tx, asked);
  return written === null ? { refused: 'ALREADY_REQUESTED' } : { requestId: written.id };
}
