import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { invariant, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { readPosition, writePosition, type Position } from '../ledger/ledger-cursor.ts';
import { exponentOf } from '../processor/wire-amount.ts';
import type { ExportStatementInput } from '../schema-types.ts';
import { ledgerCsv, type CsvEntry } from './ledger-csv.ts';
import { periodOf, type Period } from './months.ts';

export type ExportResult =
  | { kind: 'CONFLICT' }
  | { kind: 'EXPORTED'; filename: string; content: string; rows: number; endCursor: string | null };

// The books of a business leave it: more is asked for than a screen that was left open.
const SIGN_IN_MAX_AGE_SECONDS = 600;
/** Transactions; each has two to five entries, so that a page stays a few hundred kilobytes. */
const PAGE = 500;

/**
 * The ledger as CSV. The pages travel in answers of the graph, to whoever is signed in, so there is no address that opens
 * them and no secret in one. The first page of a key is written down as an export; its repetition is not another one.
 */
export async function exportStatement(
  context: PaymentsContext,
  input: ExportStatementInput,
): Promise<ExportResult> {
  const { accountId } = askingAccount(context);
  const { caller, payments } = context;
  requireRecentSecondFactor(caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const { from, to, idempotencyKey: key } = input;
  const after = input.after == null ? null : readPosition(input.after, 'input.after');
  try {
    return await inOrganization(context, async (tx) => {
      const period = await periodOf(tx, { from, to }, 'input.');
      const once = { actor: accountId, operation: 'exportStatement', key, request: { from, to } };
      await onceByKey(tx, once, async () => {
        await recordChange(tx, {
          actor: caller,
          action: 'statement_exported',
          subject: { type: 'Ledger', id: caller.organizationId ?? '' },
          at: payments.clock(),
          details: { from, to },
        });
        return null;
      });
      const filename = from === to ? `ledger-${from}.csv` : `ledger-${from}-${to}.csv`;
      return { kind: 'EXPORTED', filename, ...(await readPage(tx, period, after)) };
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    throw error;
  }
}

type Row = Omit<CsvEntry, 'exponent' | 'amountMinor'> & { amountMinor: string };

async function readPage(tx: Transaction, period: Period, after: Position | null) {
  const { from, to, timeZone } = period;
  const rows = await tx.query<Row>(
    `SELECT t.id AS "transactionId", t.created_at AS "writtenAt", t.kind, t.payment_id AS "paymentId",
       to_char(t.created_at AT TIME ZONE $3, 'YYYY-MM-DD') AS "localDate",
       e.account, e.currency, e.amount_minor::text AS "amountMinor"
     FROM (SELECT * FROM ledger_transaction
           WHERE created_at >= $1 AND created_at < $2 AND ($4::timestamptz IS NULL OR (created_at, id) > ($4, $5::uuid))
           ORDER BY created_at, id LIMIT $6) AS t
       JOIN ledger_entry e ON e.transaction_id = t.id
     ORDER BY t.created_at, t.id, e.account`,
    [from, to, timeZone, after?.createdAt ?? null, after?.id ?? null, PAGE + 1],
  );
  const ids = [...new Set(rows.map(({ transactionId }) => transactionId))];
  const extra = ids.length > PAGE ? ids.at(-1) : undefined;
  const shown = rows.filter(({ transactionId }) => transactionId !== extra);
  const last = shown.at(-1);
  const endCursor =
    extra === undefined || last === undefined
      ? null
      : writePosition({ createdAt: last.writtenAt, id: last.transactionId });
  const entries = shown.map(({ amountMinor, ...row }) => ({
    ...row,
    exponent: exponentFor(row.currency),
    amountMinor: BigInt(amountMinor),
  }));
  return { content: ledgerCsv(entries, { header: after === null }), rows: entries.length, endCursor };
}

function exponentFor(currency: string): number {
  const exponent = exponentOf(currency);
  invariant(exponent !== undefined, 'only currencies with a known exponent come into the books');
  return exponent;
}
