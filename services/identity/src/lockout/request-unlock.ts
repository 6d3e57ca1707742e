import type { Transaction } from '@kept/database';
import type { IssuedChallenge } from '@kept/proof-of-work';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { canonicalEmail } from '../accounts/email-address.ts';
import { findByAddress } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { readToken, writeToken } from '../sessions/routed-token.ts';
import { findFlow, openFlow } from '../sign-in/transition-flow.ts';
import { askForAddress } from './ask-for-address.ts';
import { isRefused } from './count-attempts.ts';
import { askForWork, readWork, spendWork, workAfter } from './work.ts';

const LINK_MS = 15 * 60_000;

/** Asked for, whether there is anybody to write to or not; or the work that has to be done first. */
export type UnlockRequest = { readonly flow: string; readonly expiresAt: Date } | IssuedChallenge;

/**
 * Mails an unlock link (AUT-07). What is answered names this browser: the link opens nothing but it, and its owner still
 * needs the password and the second factor. The same answer, the same work and the same limit for every address.
 */
export async function requestUnlock(
  identity: Identity,
  { caller, email: given, proofOfWork }: { caller: Caller; email: string; proofOfWork: string | null },
): Promise<UnlockRequest> {
  const organizationId = organizationOf(caller);
  const email = canonicalEmail(given);
  const identifier = identity.secrets.hash('identifier', organizationId, email ?? given.slice(0, 254));
  const what = { organizationId, purpose: 'unlock', identifier } as const;
  const work = await readWork(identity, what, proofOfWork);
  const now = identity.clock();
  const answer = await identity.database.transaction(organizationId, async (tx) => {
    if (work === undefined || !(await spendWork(tx, work, now))) return undefined;
    const account = email === undefined ? undefined : await findByAddress(identity, tx, email);
    const accountId = account?.state === 'ACTIVE' ? account.id : null;
    const charge = await askForAddress(identity, tx, {
      scope: 'UNLOCKS',
      identifier,
      accountId,
      caller,
      now,
    });
    if (isRefused(charge)) throw refused.rateLimited(charge.retryAfterSeconds);
    const flow = await openFlow(tx, { kind: 'UNLOCK', state: 'AWAITING_CODE', accountId }, now);
    const expiresAt = new Date(now.getTime() + LINK_MS);
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_login_unlock_asked',
        outcome: 'success',
        subject:
          accountId === null
            ? { type: 'Identifier', id: identifier.toString('hex') }
            : { type: 'Account', id: accountId },
      },
    );
    if (accountId !== null)
      await queueMail(identity, tx, {
        mail: { accountId, flowId: flow.id, template: 'unlock-link', notAfter: expiresAt },
        now,
      });
    return { flow: flow.token, expiresAt };
  });
  return answer ?? askForWork(identity, what, workAfter(0, { raised: 0 }));
}

/** What stands in the mail's link. The flow it belongs to is named by its id, which nobody else knows. */
export const unlockToken = (
  { secrets }: Pick<Identity, 'secrets'>,
  organizationId: string,
  flowId: string,
): string => writeToken(secrets, 'unlock', { organizationId, id: flowId, count: 1 });

/**
 * The link was opened: only together with the flow that the asking browser holds, once, and within fifteen minutes.
 * From then on `signInStart` with that flow is looked at, five times at most.
 */
export async function confirmUnlock(
  identity: Identity,
  { caller, flow: flowToken, token }: { caller: Caller; flow: string; token: string },
): Promise<boolean> {
  const organizationId = organizationOf(caller);
  const read = readToken(identity.secrets, 'unlock', token);
  if (!read || read.organizationId !== organizationId) return false;
  const now = identity.clock();
  return identity.database.transaction(organizationId, async (tx) => {
    const flow = await findFlow(tx, flowToken, { kind: 'UNLOCK', state: 'AWAITING_CODE', now });
    if (!flow?.account_id || flow.id !== read.id) return false;
    if (!(await openLink(tx, flow.id))) return false;
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_login_unlock',
        outcome: 'success',
        subject: { type: 'Account', id: flow.account_id },
        details: { by: 'link' },
      },
    );
    return true;
  });
}

/** One compare-and-set: of any number who open one link at once, one does. */
async function openLink(tx: Transaction, flowId: string): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE auth_flow SET state = 'AWAITING_PASSWORD', attempts = 0
     WHERE id = $1 AND state = 'AWAITING_CODE' RETURNING id`,
    [flowId],
  );
  return rows.length === 1;
}
