import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';

/** The accounts of those responsible for data protection (COMPLIANCE), or of the managers where nobody is. */
export const responsiblePeople = (tx: Transaction): Promise<string[]> => staffOrManagers(tx, 'COMPLIANCE');

/** The accounts of those who look after money (BILLING), or of the managers where nobody does. */
export const billingPeople = (tx: Transaction): Promise<string[]> => staffOrManagers(tx, 'BILLING');

async function staffOrManagers(tx: Transaction, role: Role): Promise<string[]> {
  const rows = await tx.query<{ id: string; wanted: boolean }>(
    `SELECT id, $2 = ANY (roles) AS wanted FROM account
     WHERE organization_id = $1 AND kind = 'STAFF' AND state = 'ACTIVE' AND roles && ARRAY[$2, 'MANAGER']
     ORDER BY id`,
    [tx.organizationId, role],
  );
  const first = rows.filter(({ wanted }) => wanted);
  return (first.length > 0 ? first : rows).map(({ id }) => id);
}

/** The accounts of those who run the organization. */
export async function managers(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM account WHERE organization_id = $1 AND kind = 'STAFF' AND state = 'ACTIVE' AND 'MANAGER' = ANY (roles)
     ORDER BY id`,
    [tx.organizationId],
  );
  return rows.map(({ id }) => id);
}
