import type { Transaction } from '@kept/database';
import { isAtLeast, type Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { findActive } from '../accounts/find-account.ts';
import { recordAudit, type AuditAction } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { leaveSecondFactor } from '../sessions/leave-second-factor.ts';
import { isFresh, requireLiveSession, type OwnSession } from '../sessions/live-session.ts';
import { codeCounter } from '../sign-in/prove-factor.ts';
import { chargeAttempt, isRefused, refundAttempt } from '../lockout/count-attempts.ts';
import { keepFormerFactor } from './changes/factor-change.ts';
import { tellOfFactors } from './changes/tell-of-factors.ts';
import { useTotpCode } from './totp.ts';

/** Taken off, or why the code was not accepted. */
export type AuthenticatorRemoval =
  { readonly removedAt: Date } | { readonly refused: 'code' } | { readonly refused: 'locked' };

/**
 * Takes a client's authenticator and recovery codes off. It needs what they protect: a fresh session opened with the
 * second factor (A24), and a code that is used up and counted as one at sign-in (A07, A21). A wrong code stays counted,
 * so it never throws for one.
 */
export async function removeAuthenticator(
  identity: Identity,
  { caller, code }: { caller: Caller; code: string },
): Promise<AuthenticatorRemoval> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId, id: sessionId, deviceId, clientType } = await requireStrongClient(tx, caller, now);
    const record = (
      action: AuditAction,
      { outcome, ...details }: { outcome: 'success' | 'failure'; [detail: string]: string },
    ) =>
      recordAudit(
        tx,
        { caller, now },
        {
          action,
          outcome,
          subject: { type: 'Account', id: accountId },
          details: { ...details, factor: 'TOTP', change: 'removed' },
        },
      );
    const charge = await chargeAttempt(tx, codeCounter(identity, accountId, deviceId), now);
    if (isRefused(charge)) {
      await record('authn_login_fail', { outcome: 'failure', reason: 'codes_locked' });
      return { refused: 'locked' };
    }
    const answer = await useTotpCode(identity, tx, { accountId, code, now });
    if (answer !== 'right') {
      const action = answer === 'used' ? 'otp_reuse' : 'authn_login_fail';
      await record(action, { outcome: 'failure', reason: `code_${answer}` });
      if (charge.lockedUntil !== null)
        await record('authn_login_lock', { outcome: 'failure', reason: 'codes' });
      return { refused: 'code' };
    }
    await refundAttempt(tx, charge);
    const changeId = await keepFormerFactor(identity, tx, { accountId, change: 'REMOVED', now });
    // The factors before the sessions: a sign-in that is just using one holds its row, so its session is here when they end.
    await tx.query('DELETE FROM totp_factor WHERE account_id = $1', [accountId]);
    await tx.query('DELETE FROM recovery_code WHERE account_id = $1', [accountId]);
    const ended = await leaveSecondFactor(tx, { accountId, sessionId, clientType, now });
    await tellOfFactors(identity, tx, { accountId, template: 'authenticator-removed', changeId, now });
    await record('user_updated', { outcome: 'success', sessionsEnded: String(ended) });
    return { removedAt: now };
  });
}

async function requireStrongClient(tx: Transaction, caller: Caller, now: Date): Promise<OwnSession> {
  const session = await requireLiveSession(tx, caller, now);
  const account = await findActive(tx, session.accountId);
  if (!account) throw refused.unauthenticated();
  // Not the code for a role's lack of rights: everybody signed in may ask, and the access matrix says so.
  if (account.kind === 'STAFF') {
    throw refused.badInput(
      'People who work here always sign in with a second factor, so it cannot be taken off. You can replace your authenticator with another one.',
    );
  }
  if (!account.has_authenticator) throw refused.notFound('authenticator');
  if (!isAtLeast(session.assurance, 'STRONG') || !isFresh(session, now)) {
    throw refused.stepUpRequired('Please sign in again with your authenticator, then take it off.');
  }
  return session;
}
