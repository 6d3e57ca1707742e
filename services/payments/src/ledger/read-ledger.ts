import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { readPosition, writePosition } from './ledger-cursor.ts';
import type { LedgerKind } from './post-transaction.ts';

export interface LedgerRow {
  id: string;
  kind: LedgerKind;
  /** Null for a payout. */
  paymentId: string | null;
  createdAt: Date;
  entries: { account: string; currency: string; amountMinor: string }[];
}

const PAGE_MAX = 100;

/** A page of the ledger, newest first; one statement, however many entries. */
export async function readLedger(
  tx: Transaction,
  { first, after }: { first: number; after: string | null },
): Promise<{ transactions: LedgerRow[]; endCursor: string | null }> {
  if (first < 1 || first > PAGE_MAX) {
    throw refused.badInput(`Please ask for 1 to ${PAGE_MAX} transactions.`, { field: 'first' });
  }
  const position = after === null ? null : readPosition(after, 'after');
  const rows = await tx.query<LedgerRow>(
    `SELECT t.id, t.kind, t.payment_id AS "paymentId", t.created_at AS "createdAt",
       (SELECT jsonb_agg(jsonb_build_object('account', e.account, 'currency', e.currency, 'amountMinor', e.amount_minor::text)
                         ORDER BY e.account)
        FROM ledger_entry e WHERE e.transaction_id = t.id) AS entries
     FROM ledger_transaction t
     WHERE $1::timestamptz IS NULL OR (t.created_at, t.id) < ($1::timestamptz, $2::uuid)
     ORDER BY t.created_at DESC, t.id DESC LIMIT $3`,
    [position?.createdAt ?? null, position?.id ?? null, first + 1],
  );
  const transactions = rows.slice(0, first);
  const last = transactions.at(-1);
  const endCursor = rows.length > first && last !== undefined ? writePosition(last) : null;
  return { transactions, endCursor };
}
