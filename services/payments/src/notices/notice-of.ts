import type { LedgerKind } from '../ledger/post-transaction.ts';
import type { Payment } from '../payments/payment.ts';

export type NoticeTemplate =
  | 'payment-captured'
  | 'payment-fee-charged'
  | 'payment-refunded'
  | 'payment-refund-failed'
  | 'payment-released'
  | 'payment-expired'
  | 'payment-action-needed'
  | 'payment-balance-due'
  | 'payment-disputed'
  | 'payment-dispute-closed';

/** The letter that a client gets for what was written in the books; null for what is no event of their money. */
export function noticeOf(
  kind: LedgerKind,
  { purpose, status }: Pick<Payment, 'purpose' | 'status'>,
): NoticeTemplate | null {
  switch (kind) {
    case 'CAPTURED':
      return purpose === 'NO_SHOW_FEE' || purpose === 'LATE_CANCEL_FEE'
        ? 'payment-fee-charged'
        : 'payment-captured';
    case 'RELEASED':
      return status === 'AUTH_EXPIRED' ? 'payment-expired' : 'payment-released';
    case 'REFUND_SUCCEEDED':
      return 'payment-refunded';
    case 'REFUND_FAILED':
      return 'payment-refund-failed';
    case 'DISPUTE_OPENED':
      return 'payment-disputed';
    case 'DISPUTE_WON':
    case 'DISPUTE_LOST':
      return 'payment-dispute-closed';
    default:
      return null;
  }
}

/** The same in SQL, over `t` (ledger_transaction) and `p` (payment): what the sweep looks for, and what I10 demands. */
export const NOTICE_SQL = `CASE
  WHEN t.kind = 'CAPTURED' AND p.purpose IN ('NO_SHOW_FEE', 'LATE_CANCEL_FEE') THEN 'payment-fee-charged'
  WHEN t.kind = 'CAPTURED' THEN 'payment-captured'
  WHEN t.kind = 'RELEASED' AND p.status = 'AUTH_EXPIRED' THEN 'payment-expired'
  WHEN t.kind = 'RELEASED' THEN 'payment-released'
  WHEN t.kind = 'REFUND_SUCCEEDED' THEN 'payment-refunded'
  -- Who was never told of a refund need not hear that it failed: staff asked for it, and were answered.
  WHEN t.kind = 'REFUND_FAILED' AND EXISTS (
    SELECT FROM ledger_transaction b WHERE b.cause_id = t.cause_id AND b.kind = 'REFUND_SUCCEEDED')
    THEN 'payment-refund-failed'
  WHEN t.kind = 'DISPUTE_OPENED' THEN 'payment-disputed'
  WHEN t.kind IN ('DISPUTE_WON', 'DISPUTE_LOST') THEN 'payment-dispute-closed'
END`;
