import type { Transaction } from '@kept/database';
import type { PaymentStatus } from '../payments/payment.ts';
import type { BookedPayment } from './classify.ts';

export interface BookedRow extends Omit<BookedPayment, 'knowsAnother'> {
  id: string;
  referenceIndex: Buffer | null;
  /** An operation is open, and somebody looks after it: how things stand is not decided yet. */
  isUnderWay: boolean;
}

interface Row {
  id: string;
  status: PaymentStatus;
  amount: string;
  currency: string;
  captured: string;
  held: string;
  fee: boolean;
  index: Buffer | null;
  under_way: boolean;
}

/** What the books say of some payments, in one statement. */
export async function bookedPayments(
  tx: Transaction,
  ids: readonly string[],
): Promise<Map<string, BookedRow>> {
  const rows = await tx.query<Row>(
    `SELECT p.id, p.status, p.amount_minor::text AS amount, p.currency, p.captured_minor::text AS captured,
       p.processor_reference_index AS index, coalesce(books.held, 0)::text AS held, coalesce(books.fee, false) AS fee,
       EXISTS (SELECT FROM payment_op o WHERE o.payment_id = p.id AND o.state IN ('REQUESTED', 'UNKNOWN')
         AND o.next_check_at < 'infinity') AS under_way
     FROM payment p LEFT JOIN LATERAL (
       SELECT sum(e.amount_minor) FILTER (WHERE e.account = 'memo:processor_hold') AS held,
         bool_or(t.kind = 'FEE_CHARGED' AND t.cause_id = p.id) AS fee
       FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id WHERE t.payment_id = p.id) AS books ON true
     WHERE p.id = ANY($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, bookedRow(row)]));
}

const bookedRow = (row: Row): BookedRow => ({
  id: row.id,
  status: row.status,
  amountMinor: BigInt(row.amount),
  currency: row.currency,
  capturedMinor: BigInt(row.captured),
  heldMinor: BigInt(row.held),
  isFeeBooked: row.fee,
  referenceIndex: row.index,
  isUnderWay: row.under_way,
});
