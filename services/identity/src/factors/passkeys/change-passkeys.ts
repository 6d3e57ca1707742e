import type { Transaction } from '@kept/database';
import { isAtLeast, type Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { findActive } from '../../accounts/find-account.ts';
import { recordAudit } from '../../audit.ts';
import { organizationOf, type Identity } from '../../identity.ts';
import { queueMail } from '../../messages/queue-mail.ts';
import { endSessions } from '../../sessions/end-session.ts';
import { leaveSecondFactor } from '../../sessions/leave-second-factor.ts';
import { isFresh, requireLiveSession } from '../../sessions/live-session.ts';
import { listPasskeys, namePlace, passkeyStanding, type ListedPasskey } from './passkey.ts';

const NAME_MAX = 60;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A name as it is stored: 1 to 60 characters, none of them invisible. */
export function readName(name: string): string {
  const text = name.normalize('NFC').trim();
  if (text.length === 0 || text.length > NAME_MAX || /\p{C}/u.test(text))
    throw refused.badInput(`A passkey's name has 1 to ${NAME_MAX} characters.`, { field: 'name' });
  return text;
}

/** Gives one of the caller's passkeys another name. */
export function renamePasskey(
  identity: Identity,
  { caller, id, name }: { caller: Caller; id: string; name: string },
): Promise<ListedPasskey> {
  const text = readName(name);
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const { accountId } = await requireLiveSession(tx, caller, identity.clock());
    const found = (await listPasskeys(identity, tx, accountId)).find((passkey) => passkey.id === id);
    if (!found) throw refused.notFound('passkey');
    const sealed = await identity.keyring.seal(tx, namePlace(accountId, id), text);
    await tx.query('UPDATE passkey SET name = $3 WHERE id = $1 AND account_id = $2', [id, accountId, sealed]);
    return { ...found, name: text };
  });
}

/**
 * Takes a passkey off: in a session that was opened a moment ago with a strong factor (A24). The other sessions end; staff
 * keep one strong factor at least, and a client who keeps none loses the recovery codes with it.
 */
export function removePasskey(
  identity: Identity,
  { caller, id }: { caller: Caller; id: string },
): Promise<{ removedAt: Date }> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const session = await requireLiveSession(tx, caller, now);
    if (!isAtLeast(session.assurance, 'STRONG') || !isFresh(session, now))
      throw refused.stepUpRequired('Please sign in again with your second factor, then remove the passkey.');
    const { accountId, id: sessionId, clientType } = session;
    // Two removals at once must not take the last two.
    await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
    const account = await findActive(tx, accountId);
    if (!account) throw refused.unauthenticated();
    const removed = UUID.test(id)
      ? await tx.query('DELETE FROM passkey WHERE id = $1 AND account_id = $2 RETURNING id', [id, accountId])
      : [];
    if (removed.length === 0) throw refused.notFound('passkey');
    const left = await passkeyStanding(tx, accountId);
    if (!account.has_authenticator && !left.opens && account.kind === 'STAFF')
      throw refused.badInput(
        'People who work here always sign in with a second factor. Add another passkey or an authenticator first.',
      );
    if (account.has_authenticator || left.protects)
      await endSessions(tx, {
        accountId,
        exceptSessionId: sessionId,
        reason: 'FACTOR_REMOVED',
        caller,
        now,
      });
    else await goWithout(tx, { accountId, sessionId, clientType, now });
    await queueMail(identity, tx, { mail: { accountId, template: 'passkey-removed' }, now });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { factor: 'PASSKEY', change: 'removed', passkey: id },
      },
    );
    return { removedAt: now };
  });
}

async function goWithout(
  tx: Transaction,
  { accountId, ...session }: Parameters<typeof leaveSecondFactor>[1],
): Promise<void> {
  await tx.query('DELETE FROM recovery_code WHERE account_id = $1', [accountId]);
  await leaveSecondFactor(tx, { accountId, ...session });
}
