import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { contactPlace } from '../accounts/contact.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { openCase } from '../notices/open-case.ts';
import { shutOut } from '../notices/shut-out.ts';
import { readToken, writeToken } from '../sessions/routed-token.ts';
import { tellOfContact } from './addresses-of-changes.ts';
import { changePlace } from './contact-change.ts';

// The account is not locked: its owner has just shown that they read the address.
const EFFECT = { ends: 'ALL', marksPassword: true, locks: false } as const;

/**
 * The token that takes a change back. It is an HMAC over the change's id, so that nothing of it is stored, the same mail
 * can be sent twice, and nobody without the key can make one.
 */
export const undoToken = ({ secrets }: Pick<Identity, 'secrets'>, organizationId: string, changeId: string) =>
  writeToken(secrets, 'contact-undo', { organizationId, id: changeId, count: 0 });

interface Undoable {
  readonly account_id: string;
  readonly state: string;
  readonly created_at: Date;
  readonly previous_email: Buffer | null;
  readonly previous_email_index: Buffer | null;
}

/**
 * "This was not me", said by whoever reads the earlier address: it holds again, every later change is over, and so is
 * every session, because one of them asked for the change. True also when it was done before.
 */
export async function undoContactChange(
  identity: Identity,
  { caller, token }: { caller: Caller; token: string },
): Promise<boolean> {
  const routed = readToken(identity.secrets, 'contact-undo', token);
  if (!routed) return false;
  return identity.database.transaction(routed.organizationId, async (tx) => {
    const now = identity.clock();
    const [owner] = await tx.query<{ id: string }>(
      `SELECT a.id FROM account a JOIN contact_change c ON c.account_id = a.id
       WHERE c.id = $1 AND a.state = 'ACTIVE' FOR UPDATE OF a`,
      [routed.id],
    );
    const [change] = await tx.query<Undoable>(
      `SELECT account_id, state, created_at, previous_email, previous_email_index FROM contact_change
       WHERE id = $1 AND undo_until > $2`,
      [routed.id, now],
    );
    if (!owner || !change) return false;
    if (change.state === 'UNDONE') return true;
    await restore(identity, tx, { id: routed.id, change });
    await tx.query(
      `UPDATE contact_change SET state = 'UNDONE', undone_at = $3, code_hash = NULL
       WHERE account_id = $1 AND created_at >= $2 AND state <> 'UNDONE'`,
      [owner.id, change.created_at, now],
    );
    // Whoever was in the account may know its password: with it alone they do not come back, on no device.
    const nothing = { sessionId: null, deviceId: null };
    const sessionsEnded = await shutOut(identity, tx, {
      accountId: owner.id,
      ...nothing,
      effect: EFFECT,
      caller,
      now,
    });
    await tellOfContact(tx, owner.id);
    await queueMail(identity, tx, {
      mail: { accountId: owner.id, template: 'contact-change-undone', contactChangeId: routed.id },
      now,
    });
    await openCase(identity, tx, {
      caller,
      accountId: owner.id,
      kind: 'NOT_ME',
      about: 'contact-change-started',
      sessionsEnded,
      now,
    });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Account', id: owner.id },
        details: { change: 'contact_restored', from: change.state.toLowerCase() },
      },
    );
    return true;
  });
}

async function restore(
  { keyring }: Identity,
  tx: Transaction,
  { id, change }: { id: string; change: Undoable },
): Promise<void> {
  const accountId = change.account_id;
  const place = changePlace({ id, accountId }, 'previous_email');
  const email = await keyring.open(tx, place, change.previous_email);
  if (email === null) return;
  // Its owner may have opened a new account with it meanwhile; then that one keeps it, and this one is at least closed
  // to whoever is in it now.
  await tx.query(
    `UPDATE account SET email = $2, email_index = $3 WHERE id = $1 AND email_index IS DISTINCT FROM $3
       AND NOT EXISTS (SELECT FROM account other
         WHERE other.organization_id = account.organization_id AND other.email_index = $3 AND other.state = 'ACTIVE')`,
    [accountId, await keyring.seal(tx, contactPlace(accountId, 'email'), email), change.previous_email_index],
  );
}
