import type { Transaction } from '@kept/database';
import { holdsAt } from './guardianship.ts';

/** The accounts that answer for a client now, those of longest standing first: who is told, and who is written to. */
export async function dependantGuardians(tx: Transaction, dependantId: string, now: Date): Promise<string[]> {
  const rows = await tx.query<{ guardian_id: string }>(
    `SELECT g.guardian_id FROM guardianship g JOIN account a ON a.id = g.guardian_id AND a.state = 'ACTIVE'
     WHERE g.dependant_id = $1 AND ${holdsAt('$2')} ORDER BY g.began_at, g.id LIMIT 2`,
    [dependantId, now],
  );
  return rows.map(({ guardian_id: id }) => id);
}
