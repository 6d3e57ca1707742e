import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller, Role } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { createPendingAccount } from '../../accounts/create-account.ts';
import { canonicalEmail } from '../../accounts/email-address.ts';
import { findOwner } from '../../accounts/find-account.ts';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { queueMail } from '../../messages/queue-mail.ts';
import { readRoles } from '../grantable-roles.ts';
import { demandOwnAddress } from '../natural-person.ts';
import { demandGivenWithin } from '../places-of-people.ts';
import { demandOfTheWhole, grantRoles, readLocations } from '../staff/role-grants.ts';
import { inSteppedUpSession, readId, type Responsible } from '../stepped-up.ts';
import { readVendorTerms, writeVendorTerms, type VendorTerms } from '../vendors/vendor-terms.ts';
import { INVITATION_MS, requireInvitation, type Invitation } from './invitation.ts';

const MAILS_MAX = 10;
const OPEN_MAX = 500;
const INVITERS = ['MANAGER', 'COMPLIANCE'] as const;

export interface InviteStaffInput {
  readonly email: string;
  readonly roles: readonly Role[];
  readonly locationIds?: readonly string[] | null | undefined;
  readonly vendor?: VendorTerms | null | undefined;
}

/**
 * Invites one person. The roles are written down now and cannot be changed by whoever accepts (A26). Whether the address
 * belongs to a client stays unsaid: only its owner learns it, from the link in their mail.
 */
export async function inviteStaff(
  identity: Identity,
  { caller, input }: { caller: Caller; input: InviteStaffInput },
): Promise<Invitation> {
  const email = canonicalEmail(input.email);
  if (email === undefined)
    throw refused.badInput('That is not an e-mail address we can write to.', { field: 'email' });
  demandOwnAddress(email);
  const locations = readLocations(input.locationIds ?? []);
  return inSteppedUpSession(identity, { caller, of: INVITERS }, async (tx, by) => {
    const roles = await readRoles(tx, by, { wanted: input.roles });
    demandGivenWithin(caller, locations);
    demandOfTheWhole(roles, locations);
    const terms = input.vendor ? await readVendorTerms(tx, input.vendor, by.now) : undefined;
    await demandFreeAddress(identity, tx, email);
    const [organization] = await tx.query<{ time_zone: string }>(
      'SELECT time_zone FROM organization_profile',
    );
    if (!organization) throw refused.notFound('organization');
    const accountId = await createPendingAccount(identity, tx, {
      account: { kind: 'STAFF', roles, email, timeZone: organization.time_zone },
      now: by.now,
    });
    if (terms === undefined)
      await tx.query("UPDATE account SET employment = 'EMPLOYEE' WHERE id = $1", [accountId]);
    else await writeVendorTerms(tx, accountId, terms);
    await grantRoles(tx, { accountId, roles, locations, by });
    const id = randomUUID();
    await tx.query(
      `INSERT INTO staff_invitation (id, organization_id, account_id, invited_by, state, mails, invited_at, expires_at)
       VALUES ($1, $2, $3, $4, 'OPEN', 1, $5, $6)`,
      [id, tx.organizationId, accountId, by.accountId, by.now, new Date(by.now.getTime() + INVITATION_MS)],
    );
    await send(identity, tx, { id, accountId, mails: 1, by });
    return requireInvitation(identity, tx, { id, places: null });
  });
}

/** Mails an invitation anew; the link before is void. */
export async function resendInvitation(
  identity: Identity,
  { caller, id: typed }: { caller: Caller; id: string },
): Promise<Invitation> {
  const id = readId(typed, 'invitation');
  return inSteppedUpSession(identity, { caller, of: INVITERS }, async (tx, by) => {
    const { accountId, roles } = await requireInvitation(identity, tx, { id, places: caller.locations });
    await readRoles(tx, by, { wanted: roles });
    const [sent] = await tx.query<{ mails: number }>(
      `UPDATE staff_invitation SET mails = mails + 1, invited_at = $2, expires_at = $3
       WHERE id = $1 AND state = 'OPEN' AND mails < ${MAILS_MAX} RETURNING mails`,
      [id, by.now, new Date(by.now.getTime() + INVITATION_MS)],
    );
    if (!sent) throw refused.badInput('It was mailed ten times. Withdraw it and invite anew.');
    // An account that nobody confirms is forgotten after a week; this one has another.
    await tx.query('UPDATE account SET created_at = $2 WHERE id = $1', [accountId, by.now]);
    await send(identity, tx, { id, accountId, mails: sent.mails, by });
    return requireInvitation(identity, tx, { id, places: null });
  });
}

/** Takes an invitation back, and with it everything that was entered of whoever was invited. */
export async function withdrawInvitation(
  identity: Identity,
  { caller, id: typed }: { caller: Caller; id: string },
): Promise<{ id: string; withdrawnAt: Date }> {
  const id = readId(typed, 'invitation');
  return inSteppedUpSession(identity, { caller, of: INVITERS }, async (tx, by) => {
    const { accountId } = await requireInvitation(identity, tx, { id, places: caller.locations });
    await endInvitation(tx, { id, now: by.now });
    await recordAudit(tx, by, {
      action: 'staff_invitation_withdrawn',
      outcome: 'success',
      subject: { type: 'Account', id: accountId },
      details: { invitation: id },
    });
    return { id, withdrawnAt: by.now };
  });
}

/** Makes an invitation void; its account goes with the claims that nobody has proven. */
export async function endInvitation(tx: Transaction, { id, now }: { id: string; now: Date }): Promise<void> {
  await tx.query(
    "UPDATE staff_invitation SET state = 'WITHDRAWN', finished_at = $2 WHERE id = $1 AND state = 'OPEN'",
    [id, now],
  );
}

async function demandFreeAddress(identity: Identity, tx: Transaction, email: string): Promise<void> {
  const [open] = await tx.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM staff_invitation WHERE organization_id = $1 AND state = 'OPEN'",
    [tx.organizationId],
  );
  if ((open?.count ?? 0) >= OPEN_MAX)
    throw refused.badInput('There are 500 open invitations. Withdraw some first.');
  const index = await identity.keyring.blindIndex(tx, { table: 'account', column: 'email' }, email);
  const [member] = await tx.query(
    `SELECT FROM account a LEFT JOIN staff_invitation i ON i.account_id = a.id
     WHERE a.organization_id = $1 AND a.email_index = $2 AND a.kind = 'STAFF'
       AND (a.state IN ('ACTIVE', 'SUSPENDED') OR i.state = 'OPEN')`,
    [tx.organizationId, index],
  );
  // Clients are not told of, and cost the same look.
  await findOwner(identity, tx, email);
  if (member)
    throw refused.badInput(
      'Somebody on the staff has this address, or is invited with it. Each person has their own.',
      { field: 'email' },
    );
}

async function send(
  identity: Identity,
  tx: Transaction,
  { id, accountId, mails, by }: { id: string; accountId: string; mails: number; by: Responsible },
): Promise<void> {
  await queueMail(identity, tx, {
    mail: {
      accountId,
      template: 'staff-invitation',
      parameters: { invitation: id, mails: String(mails) },
      notAfter: new Date(by.now.getTime() + INVITATION_MS),
    },
    now: by.now,
  });
  await recordAudit(tx, by, {
    action: 'staff_invited',
    outcome: 'success',
    subject: { type: 'Account', id: accountId },
    details: { invitation: id, mails: String(mails) },
  });
}
