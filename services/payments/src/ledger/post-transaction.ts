import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Payment } from '../payments/payment.ts';
import type { Refund } from '../refunds/refund.ts';

export type LedgerKind =
  | 'AUTHORIZED'
  | 'RELEASED'
  | 'CAPTURED'
  | 'REFUND_REQUESTED'
  | 'REFUND_SUCCEEDED'
  | 'REFUND_FAILED'
  | 'EARNED'
  | 'FORFEITED'
  | 'TAXED'
  | 'FEE_CHARGED'
  | 'DISPUTE_OPENED'
  | 'DISPUTE_WON'
  | 'DISPUTE_LOST'
  | 'PAID_OUT';

export type Account =
  | 'memo:customer_hold'
  | 'memo:processor_hold'
  | 'asset:processor_receivable'
  | 'asset:bank'
  | 'asset:dispute_reserve'
  | 'liability:deferred_revenue'
  | 'liability:refund_pending'
  | 'liability:tax'
  | 'revenue:service'
  | 'revenue:no_show'
  | 'revenue:tips'
  | 'contra:refunds'
  | 'contra:discounts'
  | 'expense:processor_fees'
  | 'expense:chargeback';

type Refunded = Pick<Refund, 'amountMinor' | 'taxMinor'>;
type Entries = readonly (readonly [Account, bigint])[];

const hold = (amount: bigint): Entries => [
  ['memo:processor_hold', amount],
  ['memo:customer_hold', -amount],
];

/** What went where; a debit is positive. Each list sums to zero, and PostgreSQL refuses one that does not. */
export const entriesOf = {
  authorized: (payment: Payment) => hold(payment.authorizedMinor),
  released: (payment: Payment) => hold(-payment.authorizedMinor),
  captured: (payment: Payment): Entries => [
    ...hold(-payment.authorizedMinor),
    ['asset:processor_receivable', payment.capturedMinor],
    ['liability:deferred_revenue', -payment.capturedMinor],
  ],
  /** The appointment is over. A discount is shown, not hidden in the price: what was earned, and what was taken off. */
  earned: (payment: Payment, { tipMinor = 0n, discountMinor = 0n } = {}): Entries => [
    ['liability:deferred_revenue', payment.capturedMinor],
    ['revenue:service', tipMinor - payment.capturedMinor - discountMinor],
    ['revenue:tips', -tipMinor],
    ['contra:discounts', discountMinor],
  ],
  /** Whoever did not come leaves behind what was agreed for that. */
  forfeited: (payment: Payment): Entries => [
    ['liability:deferred_revenue', payment.capturedMinor],
    ['revenue:no_show', -payment.capturedMinor],
  ],
  /** The part of what was earned that belongs to the state. */
  taxed: (taxMinor: bigint, revenue: 'revenue:service' | 'revenue:no_show'): Entries => [
    [revenue, taxMinor],
    ['liability:tax', -taxMinor],
  ],
  /** What the processor keeps for itself: of a charge, or for a dispute. */
  feeCharged: (feeMinor: bigint): Entries => [
    ['expense:processor_fees', feeMinor],
    ['asset:processor_receivable', -feeMinor],
  ],
  /** The bank has taken the money back until it decides; a mere inquiry takes nothing. */
  disputeOpened: (amountMinor: bigint): Entries => [
    ['asset:dispute_reserve', amountMinor],
    ['asset:processor_receivable', -amountMinor],
  ],
  disputeWon: (amountMinor: bigint): Entries => [
    ['asset:processor_receivable', amountMinor],
    ['asset:dispute_reserve', -amountMinor],
  ],
  disputeLost: (amountMinor: bigint): Entries => [
    ['expense:chargeback', amountMinor],
    ['asset:dispute_reserve', -amountMinor],
  ],
  /** Negative when the processor took it from the bank account, after more was given back than taken. */
  paidOut: (amountMinor: bigint): Entries => [
    ['asset:bank', amountMinor],
    ['asset:processor_receivable', -amountMinor],
  ],
  /** The tax in a refund is no longer owed; the rest takes away from what was earned. */
  refundRequested: ({ amountMinor, taxMinor }: Refunded): Entries => [
    ['contra:refunds', amountMinor - taxMinor],
    ['liability:tax', taxMinor],
    ['liability:refund_pending', -amountMinor],
  ],
  refundSucceeded: ({ amountMinor }: Refunded): Entries => [
    ['liability:refund_pending', amountMinor],
    ['asset:processor_receivable', -amountMinor],
  ],
  refundFailed: ({ amountMinor, taxMinor }: Refunded): Entries => [
    ['liability:refund_pending', amountMinor],
    ['liability:tax', -taxMinor],
    ['contra:refunds', taxMinor - amountMinor],
  ],
  refundSentBack: ({ amountMinor, taxMinor }: Refunded): Entries => [
    ['asset:processor_receivable', amountMinor],
    ['liability:tax', -taxMinor],
    ['contra:refunds', taxMinor - amountMinor],
  ],
};

/**
 * Writes one thing that happened to money. A second one of the same kind and cause is refused by a constraint. The cause
 * is the payment, the refund, the dispute or the payout; a payout alone is about no payment.
 */
export async function postTransaction(
  tx: Transaction,
  posting: {
    payment: { id: string | null; organizationId: string; currency: string };
    causeId: string;
    kind: LedgerKind;
    entries: Entries;
    at: Date;
  },
): Promise<void> {
  const { payment, causeId, kind, at } = posting;
  const entries = posting.entries.filter(([, amount]) => amount !== 0n);
  const id = randomUUID();
  await tx.query(
    `INSERT INTO ledger_transaction (id, organization_id, payment_id, cause_id, kind, created_at)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, payment.organizationId, payment.id, causeId, kind, at],
  );
  await tx.query(
    `INSERT INTO ledger_entry (transaction_id, organization_id, currency, account, amount_minor)
     SELECT $1, $2, $3, entry.account, entry.amount
     FROM unnest($4::text[], $5::bigint[]) AS entry (account, amount)`,
    [
      id,
      payment.organizationId,
      payment.currency,
      entries.map(([account]) => account),
      entries.map(([, amount]) => amount.toString()),
    ],
  );
}
