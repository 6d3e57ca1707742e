import type { Transaction } from '@kept/database';

export type PurchaseStatus = 'OPEN' | 'EXPIRED' | 'PAID' | 'REFUSED' | 'RETURNED';

/** Somebody buys a pass. What was offered never changes; the steps that are possible, PostgreSQL keeps (0021). */
export interface PassPurchase {
  readonly id: string;
  readonly organizationId: string;
  readonly productId: string;
  /** Whose pass it will be. */
  readonly clientId: string;
  /** Who pays: the client, or somebody who answers for them. */
  readonly boughtBy: string;
  readonly priceMinor: number;
  readonly currency: string;
  readonly status: PurchaseStatus;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

interface Raw extends Omit<PassPurchase, 'priceMinor'> {
  /** bigint arrives as text; the table keeps it below 10^12. */
  readonly priceMinor: string;
}

const COLUMNS = `id, organization_id AS "organizationId", product_id AS "productId", client_id AS "clientId",
  bought_by AS "boughtBy", price_minor AS "priceMinor", currency, status, created_at AS "createdAt",
  expires_at AS "expiresAt"`;

export async function findPurchase(tx: Transaction, id: string): Promise<PassPurchase | null> {
  return read(await tx.query<Raw>(`SELECT ${COLUMNS} FROM pass_purchase WHERE id = $1`, [id]));
}

/** A purchase is locked before its pass. */
export async function lockPurchase(tx: Transaction, id: string): Promise<PassPurchase | null> {
  return read(await tx.query<Raw>(`SELECT ${COLUMNS} FROM pass_purchase WHERE id = $1 FOR UPDATE`, [id]));
}

function read([row]: readonly Raw[]): PassPurchase | null {
  return row === undefined ? null : { ...row, priceMinor: Number(row.priceMinor) };
}

/** Where it stands at an instant, whether or not the sweep has been there. */
export const statusAt = ({ status, expiresAt }: PassPurchase, now: Date): PurchaseStatus =>
  status === 'OPEN' && expiresAt <= now ? 'EXPIRED' : status;

export async function setStatus(tx: Transaction, id: string, status: PurchaseStatus): Promise<void> {
  await tx.query('UPDATE pass_purchase SET status = $2 WHERE id = $1', [id, status]);
}

/** Hygiene: an offer ends by its time. Money that comes for it later was promised in time and is still good. */
export async function expirePurchases(tx: Transaction, now: Date): Promise<void> {
  await tx.query(`UPDATE pass_purchase SET status = 'EXPIRED' WHERE status = 'OPEN' AND expires_at <= $1`, [
    now,
  ]);
}
