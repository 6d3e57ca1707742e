import type { Payments } from '../context.ts';
import { Payment } from '../payments/payment.ts';
import { PaymentOp } from './payment-op.ts';
import { intentReferenceOf, wrapIntent, type OpOutcome, type OpPlace } from './send-op.ts';

/** Asked, and the processor has never heard of it: as definitive as a refusal. */
const neverArrived = { kind: 'REJECTED', code: 'never_arrived' } as const satisfies OpOutcome;

/**
 * What became of an operation, without sending anything: by the id of ours that stands in the processor's metadata, or
 * by the state of the intent.
 */
export async function lookUpOp(payments: Payments, place: OpPlace): Promise<OpOutcome> {
  const found = await payments.database.transaction(place.organizationId, async (tx) => {
    const op = await tx.manager.findOneByOrFail(PaymentOp, { id: place.opId });
    const payment = await tx.manager.findOneByOrFail(Payment, { id: op.paymentId });
    return { op, reference: await intentReferenceOf(payments, tx, payment) };
  });
  const { op, reference } = found;
  if (op.kind === 'AUTHORIZE') return lookUpAuthorization(payments, op);
  if (reference === null) return { kind: 'UNKNOWN', why: 'references_gone' };
  return op.kind === 'REFUND' ? lookUpRefund(payments, op, reference) : lookUpIntent(payments, op, reference);
}

async function lookUpAuthorization({ processor }: Payments, op: PaymentOp): Promise<OpOutcome> {
  const found = await processor.findIntentByOp(op.id);
  if (found.kind !== 'DONE') return found.kind === 'UNKNOWN' ? found : { kind: 'UNKNOWN', why: found.code };
  return found.value === null ? neverArrived : { kind: 'DONE', value: { intent: found.value } };
}

async function lookUpRefund({ processor }: Payments, op: PaymentOp, reference: string): Promise<OpOutcome> {
  const listed = await processor.refundsOfIntent(reference);
  if (listed.kind !== 'DONE')
    return listed.kind === 'UNKNOWN' ? listed : { kind: 'UNKNOWN', why: listed.code };
  const refund = listed.value.find(({ opId }) => opId === op.id);
  return refund === undefined ? neverArrived : { kind: 'DONE', value: { refund } };
}

async function lookUpIntent({ processor }: Payments, op: PaymentOp, reference: string): Promise<OpOutcome> {
  const read = await processor.readIntent(reference);
  if (read.kind !== 'DONE') return read.kind === 'UNKNOWN' ? read : { kind: 'UNKNOWN', why: read.code };
  const untouched = op.kind === 'CAPTURE' ? 'REQUIRES_CAPTURE' : null;
  const notCanceled = op.kind === 'VOID' && read.value.status !== 'CANCELED';
  // What it is instead of what was asked for is told along: a cardholder may have been faster than we were.
  return read.value.status === untouched || notCanceled
    ? { ...neverArrived, intent: read.value }
    : wrapIntent(read);
}
