import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { BookingReference } from '../bookings/booking-reference.ts';
import { overpaidMinor } from '../bookings/amount-due.ts';
import { findPass } from '../passes/bought-pass.ts';
import { findMandate } from '../payments/find-mandate.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import { stepOf } from '../processor/wire-amount.ts';
import { Refund } from '../refunds/refund.ts';
import type { PassSituation } from './for-pass.ts';
import type { Situation } from './next-step.ts';

interface Facts {
  open: boolean;
  refusals: number;
  earned: boolean;
  review: Situation['review'] | null;
}

/** How a payment stands, or that another step of it is under way; the booking and the payment stay locked. */
export async function readSituation(
  tx: Transaction,
  paymentId: string,
  now: Date,
): Promise<Situation | 'UNDER_WAY' | null> {
  const found = await tx.manager.findOneBy(Payment, { id: paymentId });
  if (found === null) return null;
  // The booking first, as everywhere: what two payments of one booking are asked for is decided one after the other.
  const booking = await lockBooking(tx, found.bookingId);
  const payment = await lockPayment(tx, paymentId);
  invariant(payment, 'payments are kept longer than it takes to settle one');
  const [facts] = await tx.query<Facts>(
    `SELECT EXISTS (SELECT FROM payment_op WHERE payment_id = $1 AND state IN ('REQUESTED', 'UNKNOWN')) AS open,
       (SELECT count(*)::int FROM payment_op WHERE payment_id = $1 AND state = 'REJECTED' AND kind IN ('CAPTURE', 'VOID'))
         AS refusals,
       EXISTS (SELECT FROM ledger_transaction WHERE cause_id = $1 AND kind IN ('EARNED', 'FORFEITED')) AS earned,
       (SELECT CASE WHEN decision IS NULL THEN 'OPEN' WHEN decision = 'REFUSE' THEN 'REFUSED' ELSE 'NONE' END
        FROM payment_assessment WHERE payment_id = $1 AND (outcome = 'REVIEW' OR processor_risk = 'highest')) AS review`,
    [paymentId],
  );
  invariant(facts, 'a question about one row has one answer');
  if (facts.open) return 'UNDER_WAY';
  const { graceMinutes, taxBasisPoints, pricesIncludeTax } = await readPolicy(tx, payment.createdAt);
  const all = booking && (await tx.manager.findBy(Payment, { bookingId: booking.bookingId }));
  return {
    payment,
    booking,
    pass: await readPass(tx, payment),
    graceMinutes,
    replaced: all?.some((other) => other.id !== payment.id && standsForSlot(other)) ?? false,
    renewable: await isRenewable(tx, payment),
    overpaidMinor: booking && all ? overpaidMinor(booking, all, { taxBasisPoints, pricesIncludeTax }) : 0n,
    refundCauses: (await tx.manager.findBy(Refund, { paymentId })).map(({ cause }) => cause),
    refusals: facts.refusals,
    review: facts.review ?? 'NONE',
    earned: facts.earned,
    stepMinor: stepOf(payment.currency),
    now,
  };
}

async function lockBooking(tx: Transaction, bookingId: string | null): Promise<BookingReference | null> {
  if (bookingId === null) return null;
  const booking = await tx.manager.findOne(BookingReference, {
    where: { bookingId },
    lock: { mode: 'pessimistic_write' },
  });
  invariant(booking, 'a payment belongs to a known booking');
  return booking;
}

/** It reserves or holds money for the slot, or the business has already heard that nobody does. */
const standsForSlot = ({ purpose, status, unpaidAt }: Payment): boolean =>
  (purpose === 'DEPOSIT' || purpose === 'HOLD') && (!DEAD.includes(status) || unpaidAt !== null);

/** The pass that it is for; whoever has the lock of the payment has it as well. */
async function readPass(tx: Transaction, { id, passGrantId }: Payment): Promise<PassSituation | null> {
  const pass = passGrantId === null ? null : await findPass(tx, passGrantId);
  if (pass === null) return null;
  const [waiting] = await tx.query<{ id: string }>(
    `SELECT r.id FROM refund r WHERE r.id = $2 AND r.payment_id = $1 AND r.status = 'REQUESTED'
       AND NOT EXISTS (SELECT FROM payment_op o WHERE o.refund_id = r.id)`,
    [id, pass.returnedFor],
  );
  return { outcome: pass.outcome, validUntil: pass.validUntil, refundToSend: waiting?.id ?? null };
}

async function isRenewable(tx: Transaction, payment: Payment): Promise<boolean> {
  const { purpose, status } = payment;
  const matters = status === 'AUTHORIZED' || status === 'CONFIRMED' || status === 'VOIDED';
  return purpose === 'HOLD' && matters && (await findMandate(tx, renewalOf(payment))) !== null;
}

/** What another reservation in the place of this one would need a consent for. */
export const renewalOf = ({ id, clientId, bookingId, amountMinor, currency }: Payment) =>
  ({ clientId, bookingId, methodId: null, use: 'HOLD', amountMinor, currency, insteadOf: id }) as const;
