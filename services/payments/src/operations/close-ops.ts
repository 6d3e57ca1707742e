import type { Transaction } from '@kept/database';
import type { Payment, PaymentStatus } from '../payments/payment.ts';
import type { OpKind, OpState } from './payment-op.ts';

/** What an open operation has become once its payment stands here; a status that is not listed leaves it open. */
const REACHED: Readonly<Record<Exclude<OpKind, 'REFUND'>, Partial<Record<PaymentStatus, OpState>>>> = {
  AUTHORIZE: {
    REQUIRES_ACTION: 'DONE',
    AUTHORIZED: 'DONE',
    CONFIRMED: 'DONE',
    CAPTURING: 'DONE',
    CAPTURED: 'DONE',
    FAILED: 'REJECTED',
    AUTH_EXPIRED: 'DONE',
  },
  CAPTURE: { CAPTURED: 'DONE', CONFIRMED: 'REJECTED', AUTH_EXPIRED: 'REJECTED' },
  VOID: { VOIDED: 'DONE', ABANDONED: 'DONE', FAILED: 'DONE', AUTH_EXPIRED: 'DONE' },
};

/**
 * Closes the payment's open operation when its aim is reached, however we came to know of it. What is over here can still
 * be open at the processor: calling it off ends only when it is over there.
 */
export async function closeReachedOps(
  tx: Transaction,
  payment: Payment,
  { isCanceled }: { isCanceled: boolean },
): Promise<void> {
  for (const [kind, reached] of Object.entries(REACHED)) {
    const state = reached[payment.status];
    if (state === undefined || (kind === 'VOID' && !isCanceled)) continue;
    await tx.query(
      `UPDATE payment_op SET state = $1 WHERE payment_id = $2 AND kind = $3 AND state IN ('REQUESTED', 'UNKNOWN')`,
      [state, payment.id, kind],
    );
  }
}
