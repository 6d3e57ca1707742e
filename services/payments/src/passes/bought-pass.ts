import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';

/** OFFERED: scheduling has not spoken. REFUSED: it could not be granted. RETURNED: taken back for a refund. */
export type PassOutcome = 'OFFERED' | 'GRANTED' | 'REFUSED' | 'RETURNED';

/** What payments knows of a pass that somebody buys. Whoever has the lock of its payment may change it. */
export interface BoughtPass {
  readonly purchaseId: string;
  readonly clientId: string;
  readonly outcome: PassOutcome;
  readonly validUntil: Date | null;
  /** The refund for which it was taken back. */
  readonly returnedFor: string | null;
}

const COLUMNS = `purchase_id AS "purchaseId", client_id AS "clientId", outcome, valid_until AS "validUntil",
  returned_for AS "returnedFor"`;

export async function findPass(tx: Transaction, purchaseId: string): Promise<BoughtPass | null> {
  const of = `SELECT ${COLUMNS} FROM bought_pass WHERE purchase_id = $1`;
  const [pass] = await tx.query<BoughtPass>(of, [purchaseId]);
  return pass ?? null;
}

/** Learns of a pass from its quote. The row stays locked: two keys that race for one pass meet here. */
export async function notePass(
  tx: Transaction,
  { purchaseId, clientId, now }: { purchaseId: string; clientId: string; now: Date },
): Promise<BoughtPass> {
  await tx.query(
    `INSERT INTO bought_pass (purchase_id, organization_id, client_id, outcome, created_at)
     VALUES ($1, $2, $3, 'OFFERED', $4) ON CONFLICT ON CONSTRAINT pass_is_referred_to_once DO NOTHING`,
    [purchaseId, tx.organizationId, clientId, now],
  );
  const locked = `SELECT ${COLUMNS} FROM bought_pass WHERE purchase_id = $1 FOR UPDATE`;
  const [pass] = await tx.query<BoughtPass>(locked, [purchaseId]);
  invariant(pass, 'it was written by this transaction or another one');
  return pass;
}

/** Brings it forward, if it is still where that may begin; false: it was there already, or is further. */
export async function changePass(
  tx: Transaction,
  purchaseId: string,
  change: { from: PassOutcome; outcome: PassOutcome; validUntil?: Date; returnedFor?: string },
): Promise<boolean> {
  const { from, outcome, validUntil = null, returnedFor = null } = change;
  const changed = await tx.query(
    `UPDATE bought_pass SET outcome = $3, valid_until = coalesce($4, valid_until), returned_for = $5
     WHERE purchase_id = $1 AND outcome = $2 RETURNING purchase_id`,
    [purchaseId, from, outcome, validUntil, returnedFor],
  );
  return changed.length > 0;
}
