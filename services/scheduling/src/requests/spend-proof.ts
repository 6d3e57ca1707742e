import type { Transaction } from '@kept/database';
import { LOAD_MAX, LOAD_MINUTES } from './difficulty.ts';

/** How often one request may be sent with its proof: its answer can be lost, but not for ever. */
const SENDINGS_MAX = 5;

/** Whether a proof was good for a request: for the first time, for the same request sent again, or used for another. */
export type Spending = 'FIRST' | 'AGAIN' | 'SPENT';

/** Uses a proof up for one request. One statement: of any number of racers with one proof, one has it. */
export async function spendProof(
  tx: Transaction,
  spent: { digest: Buffer; requestDigest: Buffer; now: Date },
): Promise<Spending> {
  const [row] = await tx.query<{ sent: number }>(
    `INSERT INTO spent_proof AS p (organization_id, digest, request_digest, sent, spent_at)
     VALUES ($1, $2, $3, 1, $4)
     ON CONFLICT ON CONSTRAINT a_proof_is_spent_once DO UPDATE SET sent = p.sent + 1
       WHERE p.request_digest = excluded.request_digest AND p.sent < ${SENDINGS_MAX}
     RETURNING sent`,
    [tx.organizationId, spent.digest, spent.requestDigest, spent.now],
  );
  if (row === undefined) return 'SPENT';
  return row.sent === 1 ? 'FIRST' : 'AGAIN';
}

/** How much the organization is being asked: requests with work done for them within the last minutes, up to a maximum. */
export async function readLoad(tx: Transaction, now: Date): Promise<number> {
  const [row] = await tx.query<{ load: number }>(
    `SELECT count(*)::int AS load FROM (
       SELECT FROM spent_proof WHERE organization_id = $1 AND spent_at > $2 LIMIT ${LOAD_MAX}) AS recent`,
    [tx.organizationId, new Date(now.getTime() - LOAD_MINUTES * 60_000)],
  );
  return row?.load ?? 0;
}
