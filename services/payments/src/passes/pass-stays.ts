import { publish } from '@kept/events';
import type { Merge } from '../payments/payment-change.ts';
import type { Refund } from '../refunds/refund.ts';
import { changePass, findPass } from './bought-pass.ts';

/** The money for a pass did not go back after all, so whoever paid has the pass again; scheduling hears of it. */
export async function passStays({ tx, payment }: Merge, { id: refundId }: Refund): Promise<void> {
  const { passGrantId: purchaseId } = payment;
  const pass = purchaseId === null ? null : await findPass(tx, purchaseId);
  if (purchaseId === null || pass?.returnedFor !== refundId) return;
  await changePass(tx, purchaseId, { from: 'RETURNED', outcome: 'GRANTED' });
  await publish(tx, 'pass.refund_failed', { purchaseId, refundId });
}
