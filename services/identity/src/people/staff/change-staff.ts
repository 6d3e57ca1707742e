import { constraintOf, type Transaction } from '@kept/database';
import type { Caller, Role } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit, type AuditAction } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { readRoles } from '../grantable-roles.ts';
import { inSteppedUpSession, readId, type Responsible } from '../stepped-up.ts';
import { demandGivenWithin, demandTheirPerson } from '../places-of-people.ts';
import { demandOfTheWhole, grantRoles, isSame, readLocations } from './role-grants.ts';
import { readStaffAccount, type StaffAccount } from './staff-account.ts';

const RESPONSIBLE = ['MANAGER', 'COMPLIANCE'] as const;
const LAST_MANAGER = 'This is the last manager of the whole business. Make somebody else one first.';

/** Why an account is closed for a while; DORMANT is the job's word. */
export type SuspensionReason = 'LEAVE' | 'SECURITY' | 'DORMANT' | 'OTHER';

/** Sets what somebody else may do. What is taken away is gone in every token within two seconds. */
export function changeStaffRoles(
  identity: Identity,
  {
    caller,
    input,
  }: {
    caller: Caller;
    input: { id: string; roles: readonly Role[]; locationIds?: readonly string[] | null | undefined };
  },
): Promise<StaffAccount> {
  const locations = readLocations(input.locationIds ?? []);
  return change(identity, { caller, id: input.id }, async (tx, by, account) => {
    if (account.state === 'ENDED') throw refused.badInput('Who has left has no roles. Invite them anew.');
    demandGivenWithin(caller, locations);
    // Elsewhere is another role: whoever may not give it may not move it either.
    const stay = isSame(locations, account.grants) ? account.roles : [];
    const left = account.roles.filter((role) => !input.roles.includes(role));
    const roles = await readRoles(tx, by, { wanted: input.roles, present: [...stay, ...left] });
    demandOfTheWhole(roles, locations);
    if (account.kind === 'SERVICE' && roles.some((role) => role === 'MANAGER' || role === 'COMPLIANCE'))
      throw refused.badInput('A program is neither a manager nor responsible for data protection.');
    await tx.query('UPDATE account SET roles = $2 WHERE id = $1', [account.id, roles]);
    await grantRoles(tx, { accountId: account.id, roles, locations, by });
    await record(tx, by, {
      id: account.id,
      action: 'staff_roles_changed',
      details: { before: account.roles.join(' '), after: roles.join(' ') },
    });
  });
}

/** Closes an account for a while; every session ends at once. */
export function suspendStaff(
  identity: Identity,
  { caller, id, because }: { caller: Caller; id: string; because: SuspensionReason },
): Promise<StaffAccount> {
  return change(identity, { caller, id }, async (tx, by, account) => {
    if (!(await suspendAccount(tx, { accountId: account.id, because, now: by.now })))
      throw refused.badInput('Only an account that is open can be suspended.');
    await record(tx, by, {
      id: account.id,
      action: 'account_suspended',
      details: { because: because.toLowerCase() },
    });
  });
}

/** Opens an account again. The two months in which nobody used it begin anew. */
export function reinstateStaff(
  identity: Identity,
  { caller, id }: { caller: Caller; id: string },
): Promise<StaffAccount> {
  return change(identity, { caller, id }, async (tx, by, account) => {
    await readRoles(tx, by, { wanted: account.roles });
    const opened = await tx.query(
      `UPDATE account SET state = 'ACTIVE', suspended_because = NULL, dormant_notice_at = NULL, last_active_at = $2
       WHERE id = $1 AND state = 'SUSPENDED' RETURNING id`,
      [account.id, by.now],
    );
    if (opened.length === 0) throw refused.badInput('Only a suspended account can be reinstated.');
    await record(tx, by, { id: account.id, action: 'account_reinstated' });
  });
}

/** Suspends an account and ends its sessions, saying why. False when it was not open. */
export async function suspendAccount(
  tx: Transaction,
  { accountId, because, now }: { accountId: string; because: SuspensionReason; now: Date },
): Promise<boolean> {
  await tx.query(
    "UPDATE session SET ended_at = $2, end_reason = 'SUSPENDED' WHERE account_id = $1 AND ended_at IS NULL",
    [accountId, now],
  );
  const closed = await tx.query(
    "UPDATE account SET state = 'SUSPENDED', suspended_because = $2 WHERE id = $1 AND state = 'ACTIVE' RETURNING id",
    [accountId, because],
  );
  return closed.length === 1;
}

/** A change to somebody else's account; the constraint about the last manager as a sentence. */
async function change(
  identity: Identity,
  { caller, id: typed }: { caller: Caller; id: string },
  work: (tx: Transaction, by: Responsible, account: StaffAccount) => Promise<void>,
): Promise<StaffAccount> {
  const id = readId(typed, 'staff member');
  try {
    return await inSteppedUpSession(identity, { caller, of: RESPONSIBLE }, async (tx, by) => {
      // Nobody changes their own: whoever could would need nobody (separation of duties).
      if (id === by.accountId) throw refused.badInput('Somebody else changes your own account.');
      await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [id]);
      await demandTheirPerson(tx, caller, id);
      await work(tx, by, await readStaffAccount(identity, tx, id));
      return readStaffAccount(identity, tx, id);
    });
  } catch (error) {
    if (constraintOf(error) === 'one_manager_remains') throw refused.badInput(LAST_MANAGER);
    if (constraintOf(error) === 'one_active_account_per_address')
      throw refused.badInput('The address of this account belongs to another one meanwhile.');
    throw error;
  }
}

const record = (
  tx: Transaction,
  by: Responsible,
  of: { id: string; action: AuditAction; details?: Record<string, string> },
): Promise<void> =>
  recordAudit(tx, by, {
    action: of.action,
    outcome: 'success',
    subject: { type: 'Account', id: of.id },
    ...(of.details && { details: of.details }),
  });
