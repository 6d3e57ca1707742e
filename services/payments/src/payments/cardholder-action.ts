import { BookingReference } from '../bookings/booking-reference.ts';
import { notifyClient } from '../notices/notify-client.ts';
import { beginOp } from '../operations/begin-op.ts';
import type { IntentFacts } from '../processor/payment-processor.ts';
import { actionDeadline } from '../settlement/action-deadline.ts';
import { auditPayment, failPayment, settleAfterCommit, type Merge } from './payment-change.ts';

/** The issuer wants to hear its cardholder, who is away. */
const ASKS_FOR_CARDHOLDER = new Set(['authentication_required', 'authentication_not_handled']);

/** The cardholder must authenticate. Whoever is on our page does so now; whoever is away is written to, with a deadline. */
export async function requireAction(merge: Merge): Promise<void> {
  const { payments, tx, payment } = merge;
  if (payment.status !== 'AUTHORIZING') return;
  if (payment.offSession) payment.actionDueAt = await deadlineOf(merge);
  payment.settleDueAt = payment.actionDueAt ?? payment.quoteExpiresAt;
  payment.requireAction();
  await tx.manager.save(payment);
  if (payment.actionDueAt === null) return;
  await notifyClient(tx, {
    payment,
    template: 'payment-action-needed',
    causeId: payment.id,
    amountMinor: payment.amountMinor,
    dueAt: payment.actionDueAt,
    at: payments.clock(),
  });
  await auditPayment(merge, 'payment_action_needed');
}

async function deadlineOf({ payments, tx, payment }: Merge): Promise<Date> {
  const now = payments.clock();
  const { bookingId } = payment;
  const booking = bookingId === null ? null : await tx.manager.findOneBy(BookingReference, { bookingId });
  const startsAt = booking?.startsAt ?? null;
  // What is paid afterwards, or for no appointment, has a day.
  const day = new Date(now.getTime() + 24 * 3_600_000);
  return startsAt !== null && startsAt > now ? actionDeadline(startsAt, now) : day;
}

/**
 * The processor has an intent that waits for another try. Whoever was away is still waited for: it is theirs to put right
 * until the deadline. Whoever was here has failed, and could try again on the bank's page unseen: it is called off at the
 * processor first (settlement), and only then it fails here.
 */
export async function reachRefused(merge: Merge, facts: IntentFacts): Promise<void> {
  const { payments, tx, payment } = merge;
  if (payment.status === 'AUTHORIZING') {
    const isAsked = payment.offSession && ASKS_FOR_CARDHOLDER.has(facts.declineCode ?? '');
    return isAsked ? requireAction(merge) : failPayment(merge, 'declined');
  }
  if (payment.status !== 'REQUIRES_ACTION' || payment.offSession || payment.failureReason !== null) return;
  payment.endFailed('declined');
  payment.settleDueAt = payments.clock();
  await tx.manager.save(payment);
  settleAfterCommit(payments, tx, payment);
}

/** Its intent is being called off, whatever the cardholder does meanwhile: nobody is told that it is authorized. */
export async function isBeingCalledOff({ tx, payment }: Merge): Promise<boolean> {
  if (payment.status !== 'REQUIRES_ACTION') return false;
  const open = await tx.query(
    `SELECT FROM payment_op WHERE payment_id = $1 AND kind = 'VOID' AND state IN ('REQUESTED', 'UNKNOWN')`,
    [payment.id],
  );
  return open.length > 0;
}

/** Here it is over and at the processor it is not: money could still be reserved that nobody would ever release. */
export async function callOffStray(merge: Merge): Promise<void> {
  const { payments, tx, payment } = merge;
  const open = await tx.query(
    `SELECT FROM payment_op WHERE payment_id = $1 AND state IN ('REQUESTED', 'UNKNOWN')`,
    [payment.id],
  );
  if (open.length > 0) return;
  // Sent by the janitor: whoever merges here may hold the answer of a webhook.
  await beginOp(tx, { payment, kind: 'VOID', amountMinor: payment.amountMinor, now: payments.clock() });
  await auditPayment(merge, 'payment_stray_called_off', 'FAILURE');
}
