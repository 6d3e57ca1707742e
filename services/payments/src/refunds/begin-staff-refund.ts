import { publish } from '@kept/events';
import { findPass } from '../passes/bought-pass.ts';
import type { Merge } from '../payments/payment-change.ts';
import { beginRefund, setAside, type Refunding } from './begin-refund.ts';
import type { Refund } from './refund.ts';

type StaffRefunding = Omit<Refunding, 'cause'>;

/**
 * Gives back what staff decided about. What leaves nothing of the price of a pass takes the pass back first: the amount is
 * set aside, scheduling is asked, and nothing is sent before its answer. The money and the pass: never both.
 */
export async function beginStaffRefund(
  merge: Merge,
  request: StaffRefunding,
): Promise<{ refund: Refund; opId: string | null }> {
  const { tx, payment } = merge;
  const refunding: Refunding = { ...request, cause: 'STAFF_DECISION' };
  const purchaseId = (await takesPassBack(merge, request.amountMinor)) ? payment.passGrantId : null;
  if (purchaseId === null) {
    const { refund, op } = await beginRefund(merge, refunding);
    return { refund, opId: op.id };
  }
  const refund = await setAside(merge, refunding);
  await publish(tx, 'pass.refund_asked', { purchaseId, refundId: refund.id });
  return { refund, opId: null };
}

/** Scheduling has not said yet whether the pass is there: what takes it back waits until it has. */
export async function awaitsPass({ tx, payment }: Pick<Merge, 'tx' | 'payment'>): Promise<boolean> {
  const pass = payment.passGrantId === null ? null : await findPass(tx, payment.passGrantId);
  return pass?.outcome === 'OFFERED';
}

async function takesPassBack({ tx, payment }: Merge, amountMinor: bigint): Promise<boolean> {
  if (payment.passGrantId === null || amountMinor < payment.refundableMinor()) return false;
  const pass = await findPass(tx, payment.passGrantId);
  return pass?.outcome === 'GRANTED';
}
