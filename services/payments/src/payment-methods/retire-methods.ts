import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import type { MethodPlace } from './attach-method.ts';
import { detachMethod } from './detach-method.ts';

/** A token that something still needs stays: what is being reserved with it, or about to be. */
const NEEDED = `EXISTS (SELECT FROM payment p WHERE p.payment_method_id = m.id
  AND p.status IN ('CREATED', 'AUTHORIZING', 'REQUIRES_ACTION'))`;

/** Cards that are out of use here and not yet detached at the processor. */
export async function findRetiring(tx: Transaction, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT m.id FROM payment_method m WHERE m.status = 'RETIRING' AND NOT ${NEEDED} ORDER BY random() LIMIT $1`,
    [limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Detached at the processor first, then only what a receipt shows is left. False: the processor does not answer, and nothing
 * was done. What is still needed stays until it is not, and the sweep comes back to it.
 */
export async function retireMethod(payments: Payments, place: MethodPlace): Promise<boolean> {
  const due = await payments.database.transaction(place.organizationId, (tx) =>
    tx.query(`SELECT FROM payment_method m WHERE m.id = $1 AND m.status = 'RETIRING' AND NOT ${NEEDED}`, [
      place.methodId,
    ]),
  );
  if (due.length === 0) return true;
  if (!(await detachMethod(payments, place))) return false;
  await payments.database.transaction(place.organizationId, (tx) =>
    tx.query(
      `UPDATE payment_method SET status = 'DELETED', processor_reference = NULL, fingerprint_index = NULL
       WHERE id = $1 AND status = 'RETIRING'`,
      [place.methodId],
    ),
  );
  return true;
}
