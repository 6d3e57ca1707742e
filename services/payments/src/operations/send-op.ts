import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import type { Payments } from '../context.ts';
import { verdictOn, type Verdict } from '../fraud/assess-payment.ts';
import { refuseLikeABank } from '../fraud/refuse-like-a-bank.ts';
import { PaymentMethod } from '../payment-methods/payment-method.ts';
import { ProcessorCustomer } from '../payment-methods/processor-customer.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import type { Payment } from '../payments/payment.ts';
import { keyOf, type IntentFacts, type Outcome, type RefundFacts } from '../processor/payment-processor.ts';
import { openReference } from '../processor/sealed-reference.ts';
import { SENDING_MS } from './begin-op.ts';
import { PaymentOp } from './payment-op.ts';

export interface OpPlace {
  organizationId: string;
  opId: string;
}

export type OpOutcome = Outcome<{ intent: IntentFacts } | { refund: RefundFacts }>;

/** Not sent, and it will not be: the slot's time is over, or the client was erased before anybody could send it. */
interface NeverSent {
  neverSent: string;
}

interface Prepared {
  op: PaymentOp;
  payment: Payment;
  verdict: Verdict | null;
  intentReference: string | null;
  customerReference: string | null;
  methodReference: string | null;
}

/** Nothing can be sent any more: the client was erased, or the operation is not open. */
const unsendable: Outcome<never> = { kind: 'UNKNOWN', why: 'references_gone' };

/**
 * Sends one operation and says what came of it; nothing is recorded here but that it was sent. May run any number of
 * times, in any number of processes: the key is the operation's own id, so the processor does it once.
 */
export async function sendOp(payments: Payments, place: OpPlace): Promise<OpOutcome> {
  const prepared = await payments.database.transaction(place.organizationId, (tx) =>
    prepare(payments, tx, place.opId),
  );
  if (prepared === null) return unsendable;
  if ('neverSent' in prepared) return { kind: 'REJECTED', code: prepared.neverSent };
  const { op, payment, intentReference } = prepared;
  const { processor } = payments;
  const key = keyOf(op.id);
  const { amountMinor } = op;
  if (op.kind === 'AUTHORIZE') return authorizeOf(await authorize(payments, prepared), payment);
  if (intentReference === null) return unsendable;
  if (op.kind === 'CAPTURE')
    return wrapIntent(await processor.capture({ key, intentReference, amountMinor }));
  if (op.kind === 'VOID') return wrapIntent(await processor.cancel({ key, intentReference }));
  const origin = { organizationId: op.organizationId, paymentId: payment.id, opId: op.id };
  return wrapRefund(await processor.refund({ key, intentReference, amountMinor, origin }));
}

async function authorize(payments: Payments, prepared: Prepared): Promise<Outcome<IntentFacts>> {
  const { op, payment, verdict, customerReference, methodReference } = prepared;
  if (customerReference === null || methodReference === null) return unsendable;
  if (verdict?.outcome === 'BLOCK') return refuseLikeABank(payments.processor, op.id);
  return payments.processor.authorize({
    key: keyOf(op.id),
    amountMinor: op.amountMinor,
    currency: payment.currency,
    customerReference,
    methodReference,
    offSession: payment.offSession,
    demandAuthentication: verdict?.outcome === 'REQUIRE_SCA' && !payment.offSession,
    // Where a consent goes with it the bank is asked, while its cardholder is here, for the times when they are not.
    setupFutureUse: payment.mandateId !== null && !payment.offSession,
    origin: { organizationId: op.organizationId, paymentId: payment.id, opId: op.id },
  });
}

/** A bank that asks for its cardholder has refused nothing yet: the intent waits for them. */
function authorizeOf(outcome: Outcome<IntentFacts>, { offSession }: Payment): OpOutcome {
  const asks = outcome.kind === 'REJECTED' && outcome.code === 'authentication_required' && offSession;
  return asks && outcome.intent !== undefined
    ? { kind: 'DONE', value: { intent: outcome.intent } }
    : wrapIntent(outcome);
}

export const wrapIntent = (outcome: Outcome<IntentFacts>): OpOutcome =>
  outcome.kind === 'DONE' ? { kind: 'DONE', value: { intent: outcome.value } } : outcome;

export const wrapRefund = (outcome: Outcome<RefundFacts>): OpOutcome =>
  outcome.kind === 'DONE' ? { kind: 'DONE', value: { refund: outcome.value } } : outcome;

/** Committed before the call: that it may have been sent, when for the first time, and who looks after it if we die. */
async function prepare(
  payments: Payments,
  tx: Transaction,
  opId: string,
): Promise<Prepared | NeverSent | null> {
  const op = await tx.manager.findOneBy(PaymentOp, { id: opId });
  if (op === null || !op.isOpen()) return null;
  const payment = await lockPayment(tx, op.paymentId);
  invariant(payment, 'an operation belongs to a payment');
  const now = payments.clock();
  const references = await openReferences(payments, tx, payment);
  if (op.kind === 'AUTHORIZE' && payment.status === 'CREATED') {
    const neverSent = await reasonNotToSend(tx, { payment, references, now });
    if (neverSent !== null) return { neverSent };
    payment.send();
    await tx.manager.save(payment);
  }
  op.firstSentAt ??= now;
  op.nextCheckAt = new Date(Math.max(op.nextCheckAt.getTime(), now.getTime() + SENDING_MS));
  await tx.manager.update(PaymentOp, op.id, { firstSentAt: op.firstSentAt, nextCheckAt: op.nextCheckAt });
  return { op, payment, verdict: await verdictOn(tx, { paymentId: payment.id }), ...references };
}

/**
 * Whoever wrote it down died before sending it. What was asked for then may be wanted by nobody now: sending it late
 * would reserve money for a slot that is somebody else's.
 */
async function reasonNotToSend(
  tx: Transaction,
  {
    payment,
    references,
    now,
  }: { payment: Payment; references: Awaited<ReturnType<typeof openReferences>>; now: Date },
): Promise<string | null> {
  if (references.customerReference === null || references.methodReference === null) return 'references_gone';
  if (!payment.offSession && now >= payment.quoteExpiresAt) return 'never_sent_in_time';
  if (payment.purpose !== 'DEPOSIT' && payment.purpose !== 'HOLD') return null;
  const refused = await tx.query(
    `SELECT FROM booking_reference WHERE booking_id = $1 AND outcome = 'REFUSED'`,
    [payment.bookingId],
  );
  return refused.length > 0 ? 'slot_refused' : null;
}

async function openReferences(payments: Payments, tx: Transaction, payment: Payment) {
  const { keyring } = payments;
  const { clientId, organizationId } = payment;
  const method =
    payment.paymentMethodId === null
      ? null
      : await tx.manager.findOneBy(PaymentMethod, { id: payment.paymentMethodId });
  const customer = await tx.manager.findOneBy(ProcessorCustomer, { organizationId, clientId });
  const open = (
    table: 'payment' | 'payment_method' | 'processor_customer',
    row: { id: string; processorReference: Buffer | null } | null,
  ) =>
    row === null
      ? null
      : openReference({ keyring, tx, sealed: row.processorReference }, { table, rowId: row.id, clientId });
  return {
    intentReference: await open('payment', payment),
    methodReference: await open('payment_method', method),
    customerReference: await open('processor_customer', customer),
  };
}

/** For looking up: the intent's reference, if the payment has one. */
export async function intentReferenceOf(
  payments: Payments,
  tx: Transaction,
  payment: Payment,
): Promise<string | null> {
  const { keyring } = payments;
  const place = { table: 'payment', rowId: payment.id, clientId: payment.clientId } as const;
  return openReference({ keyring, tx, sealed: payment.processorReference }, place);
}
