import type { Transaction } from '@kept/database';

export interface PaymentLineRow {
  paymentId: string;
  clientId: string;
  kind: 'ITEM' | 'DISCOUNT' | 'TAX' | 'TIP';
  amountMinor: string;
  currency: string;
  taxBasisPoints: number | null;
}

/** The lines of the receipts of some payments, as they stand on paper. */
export function readLines(tx: Transaction, paymentIds: readonly string[]): Promise<PaymentLineRow[]> {
  return tx.query<PaymentLineRow>(
    `SELECT l.payment_id AS "paymentId", p.client_id AS "clientId", l.kind, l.amount_minor::text AS "amountMinor",
       p.currency, l.tax_basis_points AS "taxBasisPoints"
     FROM payment_line l JOIN payment p ON p.id = l.payment_id WHERE l.payment_id = ANY($1::uuid[])
     ORDER BY array_position(ARRAY['ITEM', 'DISCOUNT', 'TAX', 'TIP'], l.kind)`,
    [paymentIds],
  );
}
