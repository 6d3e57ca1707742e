import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { recordChange, type Actor } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { beginOp } from '../operations/begin-op.ts';
import type { PaymentOp } from '../operations/payment-op.ts';
import { exponentOf } from '../processor/wire-amount.ts';
import { Payment, type PaymentPurpose } from './payment.ts';

export interface Beginning {
  purpose: PaymentPurpose;
  /** Null for a pass alone. */
  bookingId: string | null;
  passGrantId?: string;
  clientId: string;
  methodId: string;
  amountMinor: bigint;
  /** Parts of the amount: nobody's price, and what was taken off it. */
  tipMinor?: bigint;
  discountMinor?: bigint;
  currency: string;
  /** The consent that allows a charge while the cardholder is away. */
  mandateId: string | null;
  offSession: boolean;
  /** The slot's hold, for what is paid to get the slot. */
  holdId: string | null;
  /** Until when a cardholder who must authenticate is waited for. */
  quoteExpiresAt: Date;
  /** Agreed now, reserved from then on; without it, at once. */
  authorizeAt?: Date | null;
  now: Date;
}

/**
 * Writes down a payment and, unless it is for later, the operation that asks the processor for it; nothing is sent here:
 * the caller performs the operation once this is committed. A second live payment of the same booking and purpose, and a
 * charge beyond what the client agreed to, are refused by constraints.
 */
export async function beginPayment(
  { tx, actor }: { payments: Payments; tx: Transaction; actor: Actor },
  beginning: Beginning,
): Promise<{ payment: Payment; op: PaymentOp | null }> {
  const { amountMinor, now, bookingId } = beginning;
  const payment = newPayment(tx, beginning);
  await tx.manager.insert(Payment, payment);
  await tx.query('UPDATE payment_method SET last_used_at = $2 WHERE id = $1', [beginning.methodId, now]);
  await tx.query('UPDATE booking_reference SET has_payment = true WHERE booking_id = $1', [bookingId]);
  const op =
    payment.authorizeAt === null ? await beginOp(tx, { payment, kind: 'AUTHORIZE', amountMinor, now }) : null;
  await recordChange(tx, {
    actor,
    action: 'payment_begun',
    subject: { type: 'payment', id: payment.id },
    dataSubjectId: payment.clientId,
    at: now,
    details: {
      ...(bookingId !== null && { bookingId }),
      purpose: payment.purpose,
      amountMinor: String(amountMinor),
      currency: payment.currency,
    },
  });
  return { payment, op };
}

function newPayment({ organizationId }: Transaction, beginning: Beginning): Payment {
  invariant(organizationId, 'a payment is begun in its organization');
  const exponent = exponentOf(beginning.currency);
  invariant(exponent !== undefined, 'the currency was checked where it entered');
  const authorizeAt = beginning.authorizeAt ?? null;
  return Object.assign(new Payment(), {
    id: randomUUID(),
    organizationId,
    bookingId: beginning.bookingId,
    passGrantId: beginning.passGrantId ?? null,
    clientId: beginning.clientId,
    holdId: beginning.holdId,
    paymentMethodId: beginning.methodId,
    purpose: beginning.purpose,
    status: 'CREATED',
    amountMinor: beginning.amountMinor,
    currency: beginning.currency,
    exponent,
    authorizedMinor: 0n,
    capturedMinor: 0n,
    refundedMinor: 0n,
    refundPendingMinor: 0n,
    forgivenMinor: 0n,
    disputedMinor: 0n,
    tipMinor: beginning.tipMinor ?? 0n,
    taxMinor: 0n,
    discountMinor: beginning.discountMinor ?? 0n,
    processorReference: null,
    processorReferenceIndex: null,
    failureReason: null,
    quoteExpiresAt: beginning.quoteExpiresAt,
    authorizationExpiresAt: null,
    authorizeAt,
    actionDueAt: null,
    unpaidAt: null,
    mandateId: beginning.mandateId,
    offSession: beginning.offSession,
    settleDueAt: authorizeAt,
    settleAttempts: 0,
    createdAt: beginning.now,
  } satisfies Partial<Payment>);
}
