import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Payment } from '../payments/payment.ts';
import type { Refund } from '../refunds/refund.ts';
import { PaymentOp, type OpKind } from './payment-op.ts';

/** A process that wrote an operation and died before it could send it leaves it to the janitor after this long. */
export const SENDING_MS = 60_000;

/** Writes down what is about to be sent. A second open operation of the same payment is refused by a constraint. */
export async function beginOp(
  tx: Transaction,
  begun: { payment: Payment; kind: OpKind; amountMinor: bigint; refund?: Refund; now: Date },
): Promise<PaymentOp> {
  const { payment, kind, amountMinor, refund, now } = begun;
  const attempt = 1 + (await tx.manager.countBy(PaymentOp, { paymentId: payment.id, kind }));
  const op = tx.manager.create(PaymentOp, {
    id: randomUUID(),
    organizationId: payment.organizationId,
    paymentId: payment.id,
    refundId: refund?.id ?? null,
    kind,
    attempt,
    amountMinor,
    state: 'REQUESTED',
    firstSentAt: null,
    nextCheckAt: new Date(now.getTime() + SENDING_MS),
    checks: 0,
    processorCode: null,
    createdAt: now,
  });
  await tx.manager.insert(PaymentOp, op);
  return op;
}
