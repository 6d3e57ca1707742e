import type { Transaction } from '@kept/database';

/** The accounts of those responsible for data protection (COMPLIANCE), or of the managers where nobody is. */
export async function responsiblePeople(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ id: string; compliance: boolean }>(
    `SELECT id, 'COMPLIANCE' = ANY (roles) AS compliance FROM account
     WHERE organization_id = $1 AND kind = 'STAFF' AND state = 'ACTIVE' AND roles && ARRAY['COMPLIANCE', 'MANAGER']
     ORDER BY id`,
    [tx.organizationId],
  );
  const first = rows.filter(({ compliance }) => compliance);
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
