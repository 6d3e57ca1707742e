import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { KnownAccount } from '../accounts/find-account.ts';
import type { Identity } from '../identity.ts';
import { refusesSharing } from '../risk/refuse-shared-session.ts';
import { issueSession, type CompletedSignIn } from '../sessions/issue-session.ts';
import { refuseSession } from '../sessions/refuse-session.ts';
import { rejected, type SignInStep } from './sign-in-step.ts';

/** The last step of every sign-in: a session, unless something speaks against one whatever was proven. */
export async function openSession(
  identity: Identity,
  tx: Transaction,
  { caller, account, signIn }: { caller: Caller; account: KnownAccount; signIn: CompletedSignIn },
): Promise<SignInStep> {
  const why = await refuseSession(identity, tx, { caller, account, now: identity.clock() });
  if (why !== undefined) return rejected(why);
  if (
    await refusesSharing(identity, tx, { caller, account, deviceId: signIn.deviceId, now: identity.clock() })
  )
    return rejected('SESSION_ELSEWHERE');
  // Said like a wrong password: whoever holds somebody else's learns nothing from it.
  if (signIn.risk.level === 'DENY') return rejected('BAD_CREDENTIALS');
  return { step: 'SESSION_ISSUED', session: await issueSession(identity, tx, { caller, account, signIn }) };
}
