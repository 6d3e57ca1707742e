import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller, Role } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { contactPlace } from '../../accounts/contact.ts';
import { canonicalName } from '../../accounts/person-text.ts';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { readRoles } from '../grantable-roles.ts';
import { grantRoles } from '../staff/role-grants.ts';
import { readStaffAccount, type StaffAccount } from '../staff/staff-account.ts';
import { inSteppedUpSession, readId } from '../stepped-up.ts';

// Who lets people in and who watches over it are people.
const FOR_PEOPLE_ALONE: readonly Role[] = ['MANAGER', 'COMPLIANCE'];

/** Makes an account for a program. It cannot sign in: there is neither an address nor a password. */
export function createServiceAccount(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { name: string; ownerId: string; roles: readonly Role[] } },
): Promise<StaffAccount> {
  const name = canonicalName(input.name);
  if (name === undefined) throw refused.badInput('A name has 1 to 120 characters.', { field: 'name' });
  if (input.roles.some((role) => FOR_PEOPLE_ALONE.includes(role)))
    throw refused.badInput('A program is neither a manager nor responsible for data protection.', {
      field: 'roles',
    });
  return inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
    const roles = await readRoles(tx, by, { wanted: input.roles });
    const ownerId = await requireOwner(tx, input.ownerId);
    const id = randomUUID();
    await tx.query(
      `INSERT INTO account (id, organization_id, kind, roles, state, display_name, time_zone, language, created_at,
         confirmed_at, last_active_at, owner_id)
       VALUES ($1, $2, 'SERVICE', $3, 'ACTIVE', $4, 'UTC', 'en', $5, $5, $5, $6)`,
      [
        id,
        tx.organizationId,
        roles,
        await identity.keyring.seal(tx, contactPlace(id, 'display_name'), name),
        by.now,
        ownerId,
      ],
    );
    await grantRoles(tx, { accountId: id, roles, locations: [null], by });
    await recordAudit(tx, by, {
      action: 'service_account_created',
      outcome: 'success',
      subject: { type: 'Account', id },
      details: { owner: ownerId, roles: roles.join(' ') },
    });
    return readStaffAccount(identity, tx, id);
  });
}

/** Makes somebody answer for a program. */
export function setServiceOwner(
  identity: Identity,
  { caller, id: typed, ownerId: typedOwner }: { caller: Caller; id: string; ownerId: string },
): Promise<StaffAccount> {
  const id = readId(typed, 'program');
  return inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
    const ownerId = await requireOwner(tx, typedOwner);
    const changed = await tx.query(
      "UPDATE account SET owner_id = $2 WHERE id = $1 AND kind = 'SERVICE' RETURNING id",
      [id, ownerId],
    );
    if (changed.length === 0) throw refused.notFound('program');
    await recordAudit(tx, by, {
      action: 'service_account_owner_changed',
      outcome: 'success',
      subject: { type: 'Account', id },
      details: { owner: ownerId },
    });
    return readStaffAccount(identity, tx, id);
  });
}

async function requireOwner(tx: Transaction, typed: string): Promise<string> {
  const ownerId = readId(typed, 'owner');
  const [owner] = await tx.query(
    `SELECT FROM account WHERE id = $1 AND organization_id = $2 AND kind = 'STAFF' AND state = 'ACTIVE'`,
    [ownerId, tx.organizationId],
  );
  if (!owner)
    throw refused.badInput('A member of staff who works here answers for a program.', { field: 'ownerId' });
  return ownerId;
}
