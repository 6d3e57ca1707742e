import type { Transaction } from '@kept/database';
import { holdsAt } from '../guardianship/guardianship.ts';

/** Somebody uses their account: they, and whoever they answer for, are not forgotten for another two years. */
export async function noteActivity(tx: Transaction, accountId: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE account SET last_active_at = $2 WHERE id = ANY (ARRAY(SELECT $1::uuid UNION ALL
       SELECT g.dependant_id FROM guardianship g WHERE g.guardian_id = $1 AND ${holdsAt('$2')}))`,
    [accountId, now],
  );
}
