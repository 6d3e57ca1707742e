import { constraintOf, type Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { activateAccount } from '../accounts/activate-account.ts';
import { isRight } from '../accounts/confirm-address.ts';
import { findActive, type KnownAccount } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import type { GrantedSession } from '../sessions/grant-tokens.ts';
import { assessSignIn } from '../risk/assess-sign-in.ts';
import { refuseSession } from '../sessions/refuse-session.ts';
import { issueSession } from '../sessions/issue-session.ts';
import { chargeAttempt, isRefused } from '../lockout/count-attempts.ts';
import { networkOf } from '../lockout/network.ts';
import { completeFlow, takeAttempt, type Flow } from '../sign-in/transition-flow.ts';
import { isGuest } from './start-guest.ts';

/**
 * Signs a guest in with the mailed code. Undefined when the code is not right, not any more, or there was none. Wrong
 * codes cost one of the flow's five attempts and one of the address's ten an hour from one network, over all its flows together (A07).
 */
export async function confirmGuest(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { flow: string; code: string } },
): Promise<GrantedSession | undefined> {
  try {
    return await identity.database.transaction(organizationOf(caller), async (tx) => {
      const now = identity.clock();
      const flow = await takeAttempt(tx, input.flow, { kind: 'GUEST', state: 'AWAITING_CODE', now });
      if (!flow?.account_id) return undefined;
      const guest = await prove(identity, tx, {
        caller,
        flow,
        accountId: flow.account_id,
        code: input.code,
      });
      if (guest === undefined) {
        const subject = { type: 'Account', id: flow.account_id } as const;
        const details = { reason: 'code_refused', method: 'MAIL_CODE' };
        await recordAudit(
          tx,
          { caller, now },
          { action: 'authn_login_fail', outcome: 'failure', subject, details },
        );
        return undefined;
      }
      if ((await refuseSession(identity, tx, { caller, account: guest, now })) !== undefined)
        return undefined;
      const risk = await assessSignIn(identity, tx, { caller, account: guest, deviceId: null, now });
      if (risk.level === 'DENY') return undefined;
      const signIn = {
        flowId: flow.id,
        deviceId: null,
        assurance: 'PASSWORD',
        method: 'MAIL_CODE',
        risk,
      } as const;
      return issueSession(identity, tx, { caller, account: guest, signIn });
    });
  } catch (error) {
    // Two claims to one address proven at the same instant: the other one was first.
    if (constraintOf(error) === 'one_active_account_per_address') return undefined;
    throw error;
  }
}

async function prove(
  identity: Identity,
  tx: Transaction,
  { caller, flow, accountId, code }: { caller: Caller; flow: Flow; accountId: string; code: string },
): Promise<KnownAccount | undefined> {
  const now = identity.clock();
  // Locked: a password that is given to this guest in the same moment waits, or was there before we look.
  const [account] = await tx.query<{ email_index: Buffer | null; state: string }>(
    'SELECT email_index, state FROM account WHERE id = $1 FOR UPDATE',
    [accountId],
  );
  if (account === undefined || account.email_index === null) return undefined;
  // What was never mailed cannot be guessed, and must not count against the owner: counting it elsewhere takes as long.
  const isMailed = flow.code_expires_at !== null && flow.code_expires_at > now;
  const counted = isMailed ? account.email_index : flow.id;
  // By network: whoever guesses from elsewhere keeps no guest out (A08), and has the five mails of an hour to guess at.
  const network = networkOf(caller.networkAddress) ?? '';
  const key = identity.secrets.hash('code', tx.organizationId ?? '', counted, network);
  if (isRefused(await chargeAttempt(tx, { scope: 'CODES', key }, now))) return undefined;
  if (!isRight(identity.secrets, flow, { code, now })) return undefined;
  if (!(await completeFlow(tx, flow.id, 'AWAITING_CODE'))) return undefined;
  if (account.state === 'PENDING' && !(await activateAccount(identity, tx, { accountId, now })))
    return undefined;
  const guest = await findActive(tx, accountId);
  return guest !== undefined && isGuest(guest) ? guest : undefined;
}
