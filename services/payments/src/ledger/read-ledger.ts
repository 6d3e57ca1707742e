import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
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
  const position = after === null ? null : readCursor(after);
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
  const endCursor = rows.length > first && last !== undefined ? writeCursor(last) : null;
  return { transactions, endCursor };
}

const writeCursor = ({ createdAt, id }: LedgerRow): string =>
  Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');

// Exactly what PostgreSQL reads as an instant and an id: it has no year 0 and no 30 February.
const POSITION =
  /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const exists = (instant: string): boolean =>
  !Number.isNaN(Date.parse(instant)) && new Date(instant).toISOString() === instant;

function readCursor(cursor: string): { createdAt: string; id: string } {
  const [, createdAt, id] = POSITION.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined || !exists(createdAt)) {
    throw refused.badInput('This cursor is not one of ours.', { field: 'after' });
  }
  return { createdAt, id };
}
