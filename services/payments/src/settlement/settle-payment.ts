import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { byItself } from '../audit/record-change.ts';
import { BookingReference } from '../bookings/booking-reference.ts';
import type { Payments } from '../context.ts';
import { entriesOf, postTransaction } from '../ledger/post-transaction.ts';
import { beginOp, SENDING_MS } from '../operations/begin-op.ts';
import { performOp } from '../operations/perform-op.ts';
import type { Merge } from '../payments/apply-intent-facts.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import type { Payment } from '../payments/payment.ts';
import { stepOf } from '../processor/wire-amount.ts';
import { beginRefund } from '../refunds/begin-refund.ts';
import { Refund } from '../refunds/refund.ts';
import { nextStep, type NextStep } from './next-step.ts';

const ACTOR = byItself('settle-payment');
/** Confirm, capture, refund, earn: no payment has more steps to go at once. */
const STEPS_MAX = 5;

/** Takes the payment as far as its booking asks, one step after the other; stops where an outcome is not known. */
export async function settlePayment(
  payments: Payments,
  { organizationId, paymentId }: { organizationId: string; paymentId: string },
): Promise<void> {
  for (let count = 0; count < STEPS_MAX; count += 1) {
    const taken = await payments.database.transaction(organizationId, (tx) =>
      takeStep(payments, tx, paymentId),
    );
    if (taken === 'NOTHING_TO_DO') return;
    if (taken === 'DONE_HERE') continue;
    const outcome = await performOp(payments, { organizationId, opId: taken.opId }, ACTOR);
    if (outcome.kind === 'UNKNOWN') return;
  }
}

type Taken = 'NOTHING_TO_DO' | 'DONE_HERE' | { opId: string };

async function takeStep(payments: Payments, tx: Transaction, paymentId: string): Promise<Taken> {
  const payment = await lockPayment(tx, paymentId);
  if (payment === null) return 'NOTHING_TO_DO';
  const [{ open, refusals, earned } = { open: true, refusals: 0, earned: false }] = await tx.query<{
    open: boolean;
    refusals: number;
    earned: boolean;
  }>(
    `SELECT EXISTS (SELECT FROM payment_op WHERE payment_id = $1 AND state IN ('REQUESTED', 'UNKNOWN')) AS open,
       (SELECT count(*)::int FROM payment_op WHERE payment_id = $1 AND state = 'REJECTED' AND kind IN ('CAPTURE', 'VOID'))
         AS refusals,
       EXISTS (SELECT FROM ledger_transaction WHERE cause_id = $1 AND kind = 'EARNED') AS earned`,
    [paymentId],
  );
  // One after the other: whoever finishes the open one comes back here, or else the sweep does.
  if (open) return lookAgain(tx, payment, new Date(payments.clock().getTime() + SENDING_MS));
  const { bookingId } = payment;
  // A pass asks nothing of a booking; whoever sells it settles it.
  if (bookingId === null) return lookAgain(tx, payment, null);
  const booking = await tx.manager.findOneBy(BookingReference, { bookingId });
  invariant(booking, 'a payment belongs to a known booking');
  const refundCauses = (await tx.manager.findBy(Refund, { paymentId })).map(({ cause }) => cause);
  const stepMinor = stepOf(payment.currency);
  const now = payments.clock();
  const step = nextStep({ payment, booking, refundCauses, refusals, earned, stepMinor, now });
  return begin({ payments, tx, payment, actor: ACTOR }, step);
}

async function lookAgain(tx: Transaction, payment: Payment, settleDueAt: Date | null): Promise<Taken> {
  payment.settleDueAt = settleDueAt;
  await tx.manager.save(payment);
  return 'NOTHING_TO_DO';
}

/** Until when somebody else is waited for; null when there is nobody, or that time has passed. */
function endOfWaiting(payment: Payment, now: Date): Date | null {
  if (payment.status === 'REQUIRES_ACTION') return payment.quoteExpiresAt;
  const end = payment.status === 'AUTHORIZED' ? payment.authorizationExpiresAt : null;
  return end !== null && end > now ? end : null;
}

async function begin(merge: Merge, step: NextStep): Promise<Taken> {
  const { payments, tx, payment } = merge;
  const now = payments.clock();
  const save = () => tx.manager.save(payment);
  if (step === null) {
    return lookAgain(tx, payment, endOfWaiting(payment, now));
  }
  if (step.step === 'EARN') {
    const entries = entriesOf.earned(payment);
    await postTransaction(tx, { payment, causeId: payment.id, kind: 'EARNED', entries, at: now });
    return 'DONE_HERE';
  }
  if (step.step === 'REFUND') return { opId: (await beginRefund(merge, step)).op.id };
  if (step.step === 'VOID') {
    // An authorization that still waits for the cardholder is only called off; its payment is then abandoned.
    if (payment.status !== 'REQUIRES_ACTION' && payment.status !== 'VOIDING') {
      payment.startVoid();
      await save();
    }
    return { opId: (await beginOp(tx, { payment, kind: 'VOID', amountMinor: payment.amountMinor, now })).id };
  }
  if (payment.status === 'AUTHORIZED') {
    payment.confirm();
    await save();
  }
  payment.startCapture();
  await save();
  return { opId: (await beginOp(tx, { payment, kind: 'CAPTURE', amountMinor: step.amountMinor, now })).id };
}
