import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import type { TemplateName } from '../messages/templates/template.ts';
import { readToken } from '../sessions/routed-token.ts';
import { openCase } from './open-case.ts';
import { SECURITY_NOTICES, type NotMeEffect } from './security-notices.ts';
import { shutOut } from './shut-out.ts';

interface UsedLink {
  readonly account_id: string;
  readonly session_id: string | null;
  readonly device_id: string | null;
  readonly template: TemplateName;
}

// Of a text that was sent and that we do not have any more: at least what it was about ends.
const UNKNOWN: NotMeEffect = { ends: 'THIS', marksPassword: true, locks: false };

/**
 * "This was not me", out of a mail: ends what the mail told of, keeps the password from opening anything, opens a case and
 * says so to the person. Needs no sign-in, because whoever is in the account may have changed how one signs in; the link
 * is known to the mailbox alone, ends things and opens none. Works once; afterwards, and for every other token, false.
 */
export async function notMe(
  identity: Identity,
  { caller, token }: { caller: Caller; token: string },
): Promise<boolean> {
  const routed = readToken(identity.secrets, 'not-me', token);
  if (!routed) return false;
  return identity.database.transaction(routed.organizationId, async (tx) => {
    const now = identity.clock();
    const link = await useLink(tx, routed.id, now);
    if (!link) return false;
    const accountId = link.account_id;
    const effect = SECURITY_NOTICES[link.template] ?? UNKNOWN;
    const sessionsEnded = await shutOut(identity, tx, {
      accountId,
      sessionId: link.session_id,
      deviceId: link.device_id,
      effect,
      caller,
      now,
    });
    await openCase(identity, tx, {
      caller,
      accountId,
      kind: 'NOT_ME',
      about: link.template,
      sessionsEnded,
      now,
    });
    await queueMail(identity, tx, { mail: { accountId, template: 'not-me-received' }, now });
    return true;
  });
}

/** One compare-and-set: of any number who use a link, one does. */
async function useLink(tx: Transaction, id: string, now: Date): Promise<UsedLink | undefined> {
  const [link] = await tx.query<UsedLink>(
    `UPDATE notice_link l SET used_at = $2 FROM account a
     WHERE l.id = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND a.id = l.account_id AND a.state <> 'ERASED'
     RETURNING l.account_id, l.session_id, l.device_id, l.template`,
    [id, now],
  );
  return link;
}
