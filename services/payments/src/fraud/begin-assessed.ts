import type { Transaction } from '@kept/database';
import type { PaymentsContext } from '../context.ts';
import type { PaymentMethod } from '../payment-methods/payment-method.ts';
import { beginPayment, type Beginning } from '../payments/begin-payment.ts';
import { assessedFor, assessPayment } from './assess-payment.ts';

/**
 * Begins a payment of somebody who is here, judged first: stolen cards are tried out with whatever can be paid, not with
 * deposits alone.
 */
export async function beginAssessed(
  { payments, caller }: PaymentsContext,
  tx: Transaction,
  { method, ...beginning }: Omit<Beginning, 'methodId' | 'offSession'> & { method: PaymentMethod },
): ReturnType<typeof beginPayment> {
  const { clientId, amountMinor, now } = beginning;
  const attempt = { caller, clientId, methodId: method.id, method, amountMinor, now };
  const assessment = await assessPayment(payments, tx, attempt);
  const begun = await beginPayment(
    { payments, tx, actor: caller },
    { ...beginning, methodId: method.id, offSession: false },
  );
  await assessedFor(tx, assessment.id, begun.payment.id);
  return begun;
}
