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
  | 'EARNED';

type Account =
  | 'memo:customer_hold'
  | 'memo:processor_hold'
  | 'asset:processor_receivable'
  | 'liability:deferred_revenue'
  | 'liability:refund_pending'
  | 'revenue:service'
  | 'contra:refunds';

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
  earned: (payment: Payment): Entries => [
    ['liability:deferred_revenue', payment.capturedMinor],
    ['revenue:service', -payment.capturedMinor],
  ],
  refundRequested: ({ amountMinor }: Refund): Entries => [
    ['contra:refunds', amountMinor],
    ['liability:refund_pending', -amountMinor],
  ],
  refundSucceeded: ({ amountMinor }: Refund): Entries => [
    ['liability:refund_pending', amountMinor],
    ['asset:processor_receivable', -amountMinor],
  ],
  refundFailed: ({ amountMinor }: Refund): Entries => [
    ['liability:refund_pending', amountMinor],
    ['contra:refunds', -amountMinor],
  ],
  refundSentBack: ({ amountMinor }: Refund): Entries => [
    ['asset:processor_receivable', amountMinor],
    ['contra:refunds', -amountMinor],
  ],
};

/** Writes one thing that happened to money. A second one of the same kind and cause is refused by a constraint. */
export async function postTransaction(
  tx: Transaction,
  posting: { payment: Payment; causeId: string; kind: LedgerKind; entries: Entries; at: Date },
): Promise<void> {
  const { payment, causeId, kind, entries, at } = posting;
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
