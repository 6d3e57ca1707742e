import type { Payments } from '../context.ts';
import { settlePayment } from './settle-payment.ts';

const PAYMENTS_PER_RUN = 200;

/** Finds the payments whose booking may ask something of them, whatever became of the job that should have done it. */
export async function settleDuePayments(payments: Payments): Promise<number> {
  const due: { organizationId: string; paymentId: string }[] = [];
  await payments.database.forEachOrganization('settle-due-payments', async (tx, organizationId) => {
    const rows = await tx.query<{ id: string }>(
      'SELECT id FROM payment WHERE settle_due_at <= $1 ORDER BY settle_due_at LIMIT $2',
      [payments.clock(), PAYMENTS_PER_RUN],
    );
    due.push(...rows.map(({ id }) => ({ organizationId, paymentId: id })));
  });
  for (const payment of due) {
    try {
      await settlePayment(payments, payment);
    } catch (error) {
      payments.log.error({ err: error, paymentId: payment.paymentId }, 'a payment could not be settled');
    }
  }
  return due.length;
}
