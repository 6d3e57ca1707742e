import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { KnownAccount } from '../accounts/find-account.ts';
import type { Identity } from '../identity.ts';
import { holdForPassword } from '../password-change/hold-for-password.ts';
import { credentialStanding, type CredentialStanding } from '../passwords/credential-standing.ts';
import { refusesSharing } from '../risk/refuse-shared-session.ts';
import { issueSession, type CompletedSignIn } from '../sessions/issue-session.ts';
import { refuseSession } from '../sessions/refuse-session.ts';
import { passwordChangeRequired, rejected, type SignInStep } from './sign-in-step.ts';

/** The last step of every sign-in: a session, unless something speaks against one whatever was proven. */
export async function openSession(
  identity: Identity,
  tx: Transaction,
  { caller, account, signIn }: { caller: Caller; account: KnownAccount; signIn: CompletedSignIn },
): Promise<SignInStep> {
  const now = identity.clock();
  const why = await refuseSession(identity, tx, { caller, account, now });
  if (why !== undefined) return rejected(why);
  if (await refusesSharing(identity, tx, { caller, account, deviceId: signIn.deviceId, now }))
    return rejected('SESSION_ELSEWHERE');
  // Said like a wrong password: whoever holds somebody else's learns nothing from it.
  if (signIn.risk.level === 'DENY') return rejected('BAD_CREDENTIALS');
  const standing = await standingFor(tx, account, { method: signIn.method, now });
  if (standing !== 'GOOD') {
    const { flowId, assurance } = signIn;
    return passwordChangeRequired(await holdForPassword(tx, { flowId, assurance, now }), standing);
  }
  return { step: 'SESSION_ISSUED', session: await issueSession(identity, tx, { caller, account, signIn }) };
}

/**
 * How the password stands that somebody signs in with, or past. A passkey needs none, so its age matters to nobody then; but one
 * that others know, or that everybody's was told to replace, is still a door: whoever has shown the better key shuts it first.
 */
async function standingFor(
  tx: Transaction,
  account: KnownAccount,
  { method, now }: { method: CompletedSignIn['method']; now: Date },
): Promise<CredentialStanding> {
  if (method !== 'PASSWORD' && method !== 'PASSKEY') return 'GOOD';
  const standing = await credentialStanding(tx, account, now);
  return method === 'PASSKEY' && standing === 'EXPIRED' ? 'GOOD' : standing;
}
