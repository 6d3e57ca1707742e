import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import type { Responsible } from './stepped-up.ts';

const STAFF_ROLES: readonly Role[] = ['PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'];
// Whoever runs the business does not choose who watches over it, and the other way round.
const GIVES: Partial<Record<Role, readonly Role[]>> = {
  MANAGER: ['PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER'],
  COMPLIANCE: ['COMPLIANCE'],
};

/**
 * The roles as they are stored, if this person may give or take all of them (A26). A manager appoints the first person
 * responsible for data protection; from then on only those who are choose another.
 */
export async function readRoles(
  tx: Transaction,
  by: Pick<Responsible, 'roles'>,
  { wanted, present = [] }: { wanted: readonly Role[]; present?: readonly Role[] },
): Promise<Role[]> {
  const roles = STAFF_ROLES.filter((role) => wanted.includes(role));
  if (roles.length === 0 || wanted.some((role) => !STAFF_ROLES.includes(role)))
    throw refused.badInput('Staff have one or more of the roles of staff.', { field: 'roles' });
  const changed = STAFF_ROLES.filter((role) => wanted.includes(role) !== present.includes(role));
  const may = new Set(by.roles.flatMap((role) => GIVES[role] ?? []));
  if (by.roles.includes('MANAGER') && changed.includes('COMPLIANCE') && !(await somebodyWatches(tx)))
    may.add('COMPLIANCE');
  const beyond = changed.find((role) => !may.has(role));
  if (beyond === undefined) return roles;
  throw refused.badInput(
    beyond === 'COMPLIANCE'
      ? 'COMPLIANCE is given and taken by somebody who has it.'
      : 'A manager gives and takes this role.',
    { field: 'roles' },
  );
}

// Suspended too: else a manager would suspend whoever watches, and appoint somebody of theirs meanwhile.
async function somebodyWatches(tx: Transaction): Promise<boolean> {
  const [one] = await tx.query(
    `SELECT FROM account WHERE organization_id = $1 AND kind = 'STAFF' AND state IN ('ACTIVE', 'SUSPENDED')
       AND 'COMPLIANCE' = ANY (roles)`,
    [tx.organizationId],
  );
  return one !== undefined;
}
