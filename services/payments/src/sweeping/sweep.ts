import type { Payments } from '../context.ts';
import { checkOp } from '../operations/check-op.ts';
import { attachMethod } from '../payment-methods/attach-method.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { mergeDueEvents } from '../webhooks/merge-due-events.ts';
import { findDueWork } from './find-due-work.ts';

/**
 * Looks after everything that is due: outcomes that are not known (the janitor), events of the processor, payments that
 * their booking asks something of, payment methods that were begun. Jobs are faster; this is what makes it certain.
 */
export async function sweep(payments: Payments): Promise<void> {
  const due = await findDueWork(payments);
  // One that fails must not keep the others from their turn; its row brings it back.
  const attempt = async (what: object, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      payments.log.error({ err: error, ...what }, 'could not be finished; it is tried again');
    }
  };
  for (const op of due.ops) await attempt(op, () => checkOp(payments, op));
  await mergeDueEvents(payments);
  for (const payment of due.payments) await attempt(payment, () => settlePayment(payments, payment));
  for (const method of due.methods) await attempt(method, () => attachMethod(payments, method));
}
