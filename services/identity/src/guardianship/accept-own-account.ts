import { constraintOf, type Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Caller } from '@kept/passport';
import { contactPlace } from '../accounts/contact.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { judgeNewPassword } from '../passwords/judge-password.ts';
import { readPasswordPolicy, type PasswordPolicy } from '../passwords/organization-policy.ts';
import type { PasswordRefusal } from '../passwords/password-policy.ts';
import { setPassword } from '../passwords/set-password.ts';
import { readToken } from '../sessions/routed-token.ts';
import { dependantGuardians } from './dependant-guardians.ts';

export type OwnAccountOutcome =
  { readonly clientId: string } | { readonly reasons: PasswordRefusal[] } | { readonly refused: string };

const REFUSED = 'This link is not good any more. Please ask for another one.';
const TAKEN = 'This address has an account here already. Please ask for a link to another address of yours.';

interface Offered {
  readonly dependantId: string;
  readonly email: string;
  readonly details: string[];
  readonly policy: PasswordPolicy;
}

/**
 * Whoever somebody answered for gets an account of their own: their record stays, with an address and a password. A trigger ends
 * every guardianship in the same transaction (`own_account_ends_guardianships`), and tokens that still claim one.
 */
export async function acceptOwnAccount(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { token: string; password: string } },
): Promise<OwnAccountOutcome> {
  const token = readToken(identity.secrets, 'own-account', input.token);
  if (!token) return { refused: REFUSED };
  const { organizationId, id } = token;
  const offered = await identity.database.transaction(organizationId, (tx) => findOffer(identity, tx, id));
  if (!offered) return { refused: REFUSED };
  const { details, policy } = offered;
  const reasons = await judgeNewPassword(identity, { password: input.password, details, policy });
  if (reasons.length > 0) return { reasons };
  const next = await identity.hasher.hash(input.password, 'CLIENT');
  try {
    return await identity.database.transaction(organizationId, async (tx) => {
      const now = identity.clock();
      const [taken] = await tx.query<{ dependant_id: string; claim_id: string }>(
        'DELETE FROM own_account_offer WHERE id = $1 AND agreed AND expires_at > $2 RETURNING dependant_id, claim_id',
        [id, now],
      );
      if (!taken) return { refused: REFUSED };
      const { dependant_id: clientId, claim_id: claimId } = taken;
      const guardians = await dependantGuardians(tx, clientId, now);
      const place = contactPlace(clientId, 'email');
      const moved = await tx.query(
        `UPDATE account SET email = $2, email_index = claim.email_index, confirmed_at = $3, last_active_at = $3
         FROM (SELECT email_index FROM account WHERE id = $4 AND state = 'PENDING') AS claim
         WHERE account.id = $1 AND state = 'ACTIVE' AND account.email_index IS NULL RETURNING account.id`,
        [clientId, await identity.keyring.seal(tx, place, offered.email), now, claimId],
      );
      if (moved.length === 0) return { refused: REFUSED };
      await setPassword(tx, { accountId: clientId, replacing: null, next, by: 'OWNER', now });
      // Links in mails to whoever answered open nothing from now on (A38).
      await publish(tx, 'contact.changed', { clientId });
      for (const accountId of guardians)
        await queueMail(identity, tx, { mail: { accountId, template: 'guardianship-ended' }, now });
      await recordAudit(
        tx,
        { caller, now },
        {
          action: 'own_account_taken',
          outcome: 'success',
          subject: { type: 'Account', id: clientId },
          details: { offer: id },
        },
      );
      return { clientId };
    });
  } catch (error) {
    // Nothing of it was written: the link stays good, should the other account go.
    if (constraintOf(error) === 'one_active_account_per_address') return { refused: TAKEN };
    throw error;
  }
}

async function findOffer(identity: Identity, tx: Transaction, id: string): Promise<Offered | undefined> {
  const [row] = await tx.query<{
    dependant_id: string;
    claim_id: string;
    display_name: Buffer | null;
    email: Buffer | null;
  }>(
    `SELECT o.dependant_id, o.claim_id, d.display_name, c.email FROM own_account_offer o
       JOIN account d ON d.id = o.dependant_id JOIN account c ON c.id = o.claim_id
     WHERE o.id = $1 AND o.agreed AND o.expires_at > $2 AND c.state = 'PENDING' AND d.state = 'ACTIVE'`,
    [id, identity.clock()],
  );
  if (!row) return undefined;
  const [email, name] = await identity.keyring.openMany(tx, [
    { place: contactPlace(row.claim_id, 'email'), envelope: row.email },
    { place: contactPlace(row.dependant_id, 'display_name'), envelope: row.display_name },
  ]);
  if (email == null) return undefined;
  const details = [email.split('@', 1)[0] ?? '', ...(name == null ? [] : [name])];
  return { dependantId: row.dependant_id, email, details, policy: await readPasswordPolicy(tx) };
}
