import type { Transaction } from '@kept/database';
import { Payment } from './payment.ts';

/** The payment, locked until the transaction ends: whoever changes money does so one after the other. */
export async function lockPayment(tx: Transaction, id: string): Promise<Payment | null> {
  return tx.manager.findOne(Payment, { where: { id }, lock: { mode: 'pessimistic_write' } });
}
