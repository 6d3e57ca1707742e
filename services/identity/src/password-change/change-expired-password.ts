import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { findActive } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import type { PasswordRefusal } from '../passwords/password-policy.ts';
import { setPassword } from '../passwords/set-password.ts';
import { assessSignIn } from '../risk/assess-sign-in.ts';
import { endSessions } from '../sessions/end-session.ts';
import { openSession } from '../sign-in/open-session.ts';
import { rejected, type SignInStep } from '../sign-in/sign-in-step.ts';
import { completeFlow, findFlow } from '../sign-in/transition-flow.ts';
import { tellOfChange } from './change-password.ts';
import { choosePassword, readPasswordContext } from './choose-password.ts';

// A sign-in with a passkey waits as well, if the password beside it is one that others know.
const WAITING = [
  { kind: 'SIGN_IN', state: 'AWAITING_PASSWORD', method: 'PASSWORD' },
  { kind: 'PASSKEY_SIGN_IN', state: 'AWAITING_PASSWORD', method: 'PASSKEY' },
] as const;

async function findWaiting(tx: Transaction, token: string, now: Date) {
  for (const { method, ...waiting } of WAITING) {
    const flow = await findFlow(tx, token, { ...waiting, now });
    if (flow) return { flow, method };
  }
  return undefined;
}

/**
 * Ends a sign-in that waits for another password (AUT-04, AUT-11): the old one and the second factor were shown before.
 * Other sessions end with it. What is refused leaves the sign-in waiting.
 */
export async function changeExpiredPassword(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { flow: string; newPassword: string } },
): Promise<SignInStep | { readonly refused: readonly PasswordRefusal[] }> {
  const organizationId = organizationOf(caller);
  const context = await identity.database.transaction(organizationId, async (tx) => {
    const flow = (await findWaiting(tx, input.flow, identity.clock()))?.flow;
    return flow?.account_id ? readPasswordContext(identity, tx, flow.account_id) : undefined;
  });
  if (!context?.current) return rejected('FLOW_EXPIRED');
  const { current } = context;
  const judged = await choosePassword(identity, context, input.newPassword);
  if ('refused' in judged) return judged;
  return identity.database.transaction(organizationId, async (tx) => {
    const now = identity.clock();
    const waiting = await findWaiting(tx, input.flow, now);
    const flow = waiting?.flow;
    const account = flow?.account_id ? await findActive(tx, flow.account_id) : undefined;
    // Of any number who hold the token one completes it, and only while the password is the one that was shown.
    if (!flow?.assurance || !account || !(await completeFlow(tx, flow.id, 'AWAITING_PASSWORD')))
      return rejected('FLOW_EXPIRED');
    const { id: accountId } = account;
    const isSet = await setPassword(tx, {
      accountId,
      replacing: current.hash,
      next: judged.chosen,
      by: flow.assurance === 'PASSWORD' ? 'SAME' : 'OWNER',
      now,
    });
    if (!isSet) return rejected('FLOW_EXPIRED');
    await endSessions(tx, { accountId, reason: 'PASSWORD_CHANGED', caller, now });
    await tellOfChange(identity, tx, { accountId, now });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_password_change',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { reason: 'required' },
      },
    );
    const risk = await assessSignIn(identity, tx, { caller, account, deviceId: flow.device_id, now });
    const signIn = {
      flowId: flow.id,
      deviceId: flow.device_id,
      assurance: flow.assurance,
      method: waiting?.method ?? 'PASSWORD',
      risk,
      clientType: flow.client_type,
    } as const;
    return openSession(identity, tx, { caller, account, signIn });
  });
}
