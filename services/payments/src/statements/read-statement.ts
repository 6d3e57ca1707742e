import type { Transaction } from '@kept/database';
import type { LedgerKind } from '../ledger/post-transaction.ts';
import type { Period } from './months.ts';

export interface StatementTotalRow {
  kind: LedgerKind;
  currency: string;
  count: number;
  amountMinor: string;
}

export interface StatementAccountRow {
  account: string;
  currency: string;
  opening: string;
  debits: string;
  credits: string;
}

export interface StatementRows extends Period {
  totals: StatementTotalRow[];
  accounts: StatementAccountRow[];
}

/**
 * How much a transaction is about: what it debits, without the memo accounts that only remember reservations and without
 * discounts, which nobody paid. Reservations are in memo accounts alone; a payout may have the other sign.
 */
const AMOUNT = `sum(e.amount_minor) FILTER (WHERE CASE
  WHEN t.kind IN ('AUTHORIZED', 'RELEASED') THEN e.amount_minor > 0
  WHEN t.kind = 'PAID_OUT' THEN e.account = 'asset:bank'
  ELSE e.amount_minor > 0 AND e.account NOT LIKE 'memo:%' AND e.account <> 'contra:discounts' END)`;

/** Two sums over the books: of the period, and of all that was before it. */
export async function readStatement(tx: Transaction, period: Period): Promise<StatementRows> {
  const { from, to } = period;
  const totals = await tx.query<StatementTotalRow>(
    `SELECT t.kind, e.currency, count(DISTINCT t.id)::int AS count, coalesce(${AMOUNT}, 0)::text AS "amountMinor"
     FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
     WHERE t.created_at >= $1 AND t.created_at < $2
     GROUP BY t.kind, e.currency ORDER BY t.kind, e.currency`,
    [from, to],
  );
  const accounts = await tx.query<StatementAccountRow>(
    `SELECT e.account, e.currency,
       coalesce(sum(e.amount_minor) FILTER (WHERE t.created_at < $1), 0)::text AS opening,
       coalesce(sum(e.amount_minor) FILTER (WHERE t.created_at >= $1 AND e.amount_minor > 0), 0)::text AS debits,
       coalesce(-sum(e.amount_minor) FILTER (WHERE t.created_at >= $1 AND e.amount_minor < 0), 0)::text AS credits
     FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
     WHERE t.created_at < $2
     GROUP BY e.account, e.currency ORDER BY e.account, e.currency`,
    [from, to],
  );
  return { ...period, totals, accounts };
}
