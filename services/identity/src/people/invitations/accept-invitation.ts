import { constraintOf, type Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { activateAccount } from '../../accounts/activate-account.ts';
import { contactPlace } from '../../accounts/contact.ts';
import { canonicalName } from '../../accounts/person-text.ts';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { judgeNewPassword } from '../../passwords/judge-password.ts';
import { readPasswordPolicy, type PasswordPolicy } from '../../passwords/organization-policy.ts';
import type { PasswordRefusal } from '../../passwords/password-policy.ts';
import { setPassword } from '../../passwords/set-password.ts';
import { readToken } from '../../sessions/routed-token.ts';
import { demandPersonName } from '../natural-person.ts';

export interface AcceptInvitationInput {
  readonly token: string;
  readonly displayName: string;
  readonly password: string;
}

export type AcceptOutcome =
  { readonly staffMemberId: string } | { readonly reasons: PasswordRefusal[] } | { readonly refused: string };

// Whether a link was used, withdrawn, too old or never was one: the same words.
const REFUSED = 'This link is not good any more. Please ask whoever invited you for another one.';
const TAKEN =
  'This address has an account here already. Please ask to be invited with another address of yours.';

/**
 * Makes whoever holds the link a member of staff, once. Name and password are theirs to choose; everything else was written
 * down when they were invited (A26).
 */
export async function acceptInvitation(
  identity: Identity,
  { caller, input }: { caller: Caller; input: AcceptInvitationInput },
): Promise<AcceptOutcome> {
  const displayName = canonicalName(input.displayName);
  if (displayName === undefined)
    throw refused.badInput('A name has 1 to 120 characters.', { field: 'displayName' });
  demandPersonName(displayName);
  const token = readToken(identity.secrets, 'invitation', input.token);
  if (!token) return { refused: REFUSED };
  const { organizationId, id, count: mails } = token;
  const invited = await identity.database.transaction(organizationId, (tx) =>
    findInvited(identity, tx, { id, mails }),
  );
  if (!invited) return { refused: REFUSED };
  const details = [displayName, invited.email.split('@', 1)[0] ?? ''];
  const reasons = await judgeNewPassword(identity, {
    password: input.password,
    details,
    policy: invited.policy,
  });
  if (reasons.length > 0) return { reasons };
  const next = await identity.hasher.hash(input.password, 'STAFF');
  try {
    return await identity.database.transaction(organizationId, async (tx) => {
      const now = identity.clock();
      const [accepted] = await tx.query<{ account_id: string }>(
        `UPDATE staff_invitation SET state = 'ACCEPTED', finished_at = $3
         WHERE id = $1 AND mails = $2 AND state = 'OPEN' AND expires_at > $3 RETURNING account_id`,
        [id, mails, now],
      );
      if (!accepted) return { refused: REFUSED };
      const accountId = accepted.account_id;
      await setPassword(tx, { accountId, replacing: null, next, by: 'OWNER', now });
      const name = await identity.keyring.seal(tx, contactPlace(accountId, 'display_name'), displayName);
      await tx.query('UPDATE account SET display_name = $2 WHERE id = $1', [accountId, name]);
      if (!(await activateAccount(identity, tx, { accountId, now }))) throw new AddressTaken();
      await recordAudit(
        tx,
        { caller, now },
        {
          action: 'staff_invitation_accepted',
          outcome: 'success',
          subject: { type: 'Account', id: accountId },
          details: { invitation: id },
        },
      );
      return { staffMemberId: accountId };
    });
  } catch (error) {
    // Nothing of it was written: the invitation stays open, and can be withdrawn.
    const constraint = constraintOf(error);
    if (
      error instanceof AddressTaken ||
      constraint === 'one_active_account_per_address' ||
      constraint === 'one_member_of_staff_per_address'
    )
      return { refused: TAKEN };
    throw error;
  }
}

class AddressTaken extends Error {}

async function findInvited(
  identity: Identity,
  tx: Transaction,
  { id, mails }: { id: string; mails: number },
): Promise<{ email: string; policy: PasswordPolicy } | undefined> {
  const [row] = await tx.query<{ account_id: string; email: Buffer | null }>(
    `SELECT i.account_id, a.email FROM staff_invitation i JOIN account a ON a.id = i.account_id
     WHERE i.id = $1 AND i.mails = $2 AND i.state = 'OPEN' AND i.expires_at > $3 AND a.state = 'PENDING'`,
    [id, mails, identity.clock()],
  );
  if (!row) return undefined;
  const email = await identity.keyring.open(tx, contactPlace(row.account_id, 'email'), row.email);
  return email === null ? undefined : { email, policy: await readPasswordPolicy(tx) };
}
