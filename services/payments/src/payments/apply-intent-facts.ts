import { publish } from '@kept/events';
import { processorFound } from '../fraud/assess-payment.ts';
import { entriesOf, postTransaction } from '../ledger/post-transaction.ts';
import { toNumber } from '../money/minor-units.ts';
import { noticeOf } from '../notices/notice-of.ts';
import { notifyClient } from '../notices/notify-client.ts';
import { closeReachedOps } from '../operations/close-ops.ts';
import type { IntentFacts } from '../processor/payment-processor.ts';
import { sealReference } from '../processor/sealed-reference.ts';
import { writeReceipt } from '../receipts/write-receipt.ts';
import { callOffStray, isBeingCalledOff, reachRefused, requireAction } from './cardholder-action.ts';
import {
  auditPayment,
  failPayment,
  move,
  settleAfterCommit,
  settleSoonIfSecuring,
  tell,
  type Merge,
} from './payment-change.ts';
import type { PaymentStatus } from './payment.ts';

export { failPayment, settleAfterCommit, type Merge } from './payment-change.ts';

/** The processor says something about this payment that cannot be: nothing is changed, and a person must look. */
export class ContradictoryFacts extends Error {
  override readonly name = 'ContradictoryFacts';
}

/** The cardholder, or the processor by itself, could still turn these into money. */
const IS_OPEN: ReadonlySet<string> = new Set(['REQUIRES_ACTION', 'REQUIRES_CAPTURE']);

/** Over here without the processor having said that it is over there. */
const GIVEN_UP: ReadonlySet<PaymentStatus> = new Set(['FAILED', 'ABANDONED']);

/**
 * Brings a payment forward to what the processor says now, step by step through the state machine. The same for the
 * answer of a call, for a webhook and for the janitor; in any order, any number of times: facts that are behind change
 * nothing.
 */
export async function applyIntentFacts(merge: Merge, facts: IntentFacts): Promise<void> {
  await adoptReference(merge, facts);
  switch (facts.status) {
    case 'REQUIRES_ACTION':
      await requireAction(merge);
      break;
    case 'REQUIRES_CAPTURE':
      await reachAuthorized(merge, facts);
      break;
    case 'SUCCEEDED':
      await reachAuthorized(merge, facts);
      await reachCaptured(merge, facts);
      break;
    case 'CANCELED':
      await reachCanceled(merge);
      break;
    case 'REQUIRES_METHOD':
      await reachRefused(merge, facts);
      break;
    case 'PROCESSING':
      break;
  }
  if (IS_OPEN.has(facts.status) && GIVEN_UP.has(merge.payment.status)) await callOffStray(merge);
  await bookFee(merge, facts);
  await closeReachedOps(merge.tx, merge.payment, { isCanceled: facts.status === 'CANCELED' });
}

async function adoptReference(merge: Merge, facts: IntentFacts): Promise<void> {
  const { payments, tx, payment } = merge;
  const { origin } = facts;
  const ours = origin?.paymentId === payment.id && origin.organizationId === payment.organizationId;
  if (!ours || facts.amountMinor !== payment.amountMinor || facts.currency !== payment.currency) {
    throw new ContradictoryFacts(`the processor's intent does not fit payment ${payment.id}`);
  }
  const { keyring } = payments;
  const place = { table: 'payment', column: 'processor_reference' };
  const index = await keyring.blindIndex(tx, place, facts.reference);
  if (payment.processorReferenceIndex?.equals(index) === true) return;
  if (payment.processorReferenceIndex !== null) {
    throw new ContradictoryFacts(`payment ${payment.id} has a second intent at the processor`);
  }
  const { reference } = facts;
  const row = { table: 'payment', rowId: payment.id, clientId: payment.clientId } as const;
  payment.processorReference = await sealReference({ keyring, tx, reference }, row);
  payment.processorReferenceIndex = index;
  await tx.manager.save(payment);
}

async function reachAuthorized(merge: Merge, facts: IntentFacts): Promise<void> {
  const { payments, tx, payment } = merge;
  if (payment.status !== 'AUTHORIZING' && payment.status !== 'REQUIRES_ACTION') return;
  if (await isBeingCalledOff(merge)) return;
  payment.settleDueAt = payments.clock();
  await move(merge, () => payment.authorize(facts.amountMinor, facts.authorizationExpiresAt));
  await post(merge, 'AUTHORIZED', entriesOf.authorized(payment));
  if (facts.cardRisk !== null) await processorFound(tx, payment.id, facts.cardRisk);
  const { id: paymentId, bookingId, holdId, clientId, currency } = payment;
  const amountMinor = toNumber(payment.authorizedMinor);
  // Only what is paid to get a slot decides about one.
  if (bookingId !== null && holdId !== null) {
    await publish(tx, 'payment.authorized', {
      paymentId,
      bookingId,
      holdId,
      clientId,
      amountMinor,
      currency,
    });
  }
  await auditPayment(merge, 'payment_authorized');
  // Scheduling may have spoken already, while the outcome was unknown.
  settleAfterCommit(payments, tx, payment);
}

async function reachCaptured(merge: Merge, facts: IntentFacts): Promise<void> {
  const { payments, tx, payment } = merge;
  if (payment.status === 'AUTHORIZED') await move(merge, () => payment.confirm());
  if (payment.status === 'CONFIRMED') await move(merge, () => payment.startCapture());
  if (payment.status !== 'CAPTURING') return;
  payment.settleDueAt = payments.clock();
  await move(merge, () => payment.capture(facts.receivedMinor));
  await post(merge, 'CAPTURED', entriesOf.captured(payment));
  await writeReceipt(merge);
  await tell(merge, 'payment.captured', payment.capturedMinor);
  await tellClient(merge, 'CAPTURED', payment.capturedMinor);
  await auditPayment(merge, 'payment_captured');
  settleAfterCommit(payments, tx, payment);
}

async function reachCanceled(merge: Merge): Promise<void> {
  const { payment } = merge;
  if (payment.status === 'AUTHORIZING') return failPayment(merge, 'canceled');
  if (payment.status === 'REQUIRES_ACTION') {
    if (payment.failureReason !== null) return failPayment(merge, payment.failureReason);
    await settleSoonIfSecuring(merge);
    await move(merge, () => payment.abandon());
    await tell(merge, 'payment.failed', payment.amountMinor, 'authentication_abandoned');
    return auditPayment(merge, 'payment_abandoned');
  }
  if (payment.status === 'CAPTURING') await move(merge, () => payment.captureFailed());
  if (payment.status === 'AUTHORIZED' || payment.status === 'CONFIRMED') {
    await settleSoonIfSecuring(merge);
    await move(merge, () => payment.expire());
    await post(merge, 'RELEASED', entriesOf.released(payment));
    await tell(merge, 'payment.failed', payment.authorizedMinor, 'authorization_expired');
    await tellClient(merge, 'RELEASED', payment.authorizedMinor);
    return auditPayment(merge, 'payment_authorization_expired');
  }
  if (payment.status !== 'VOIDING') return;
  await move(merge, () => payment.void());
  await post(merge, 'RELEASED', entriesOf.released(payment));
  await tell(merge, 'payment.voided', payment.authorizedMinor);
  await tellClient(merge, 'RELEASED', payment.authorizedMinor);
  await auditPayment(merge, 'payment_voided');
}

/** What the processor keeps of a charge; it may say so only some time after the capture. */
async function bookFee(merge: Merge, { feeMinor, feeCurrency }: IntentFacts): Promise<void> {
  const { payments, tx, payment } = merge;
  if (payment.status !== 'CAPTURED' || feeMinor === null || feeCurrency === null || feeMinor === 0n) return;
  const booked = await tx.query(
    `SELECT FROM ledger_transaction WHERE cause_id = $1 AND kind = 'FEE_CHARGED'`,
    [payment.id],
  );
  if (booked.length > 0) return;
  await postTransaction(tx, {
    payment: { ...payment, currency: feeCurrency },
    causeId: payment.id,
    kind: 'FEE_CHARGED',
    entries: entriesOf.feeCharged(feeMinor),
    at: payments.clock(),
  });
}

/** The letter about what was just written in the books, in the same transaction. */
async function tellClient(merge: Merge, kind: 'CAPTURED' | 'RELEASED', amountMinor: bigint): Promise<void> {
  const { payments, tx, payment } = merge;
  const template = noticeOf(kind, payment);
  if (template === null) return;
  await notifyClient(tx, { payment, template, causeId: payment.id, amountMinor, at: payments.clock() });
}

function post(
  merge: Merge,
  kind: 'AUTHORIZED' | 'RELEASED' | 'CAPTURED',
  entries: ReturnType<typeof entriesOf.captured>,
) {
  const { payments, tx, payment } = merge;
  return postTransaction(tx, { payment, causeId: payment.id, kind, entries, at: payments.clock() });
}
