import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { listSignInFactors } from '../factors/list-sign-in-factors.ts';
import { findActive } from '../accounts/find-account.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { chargeAttempt, isRefused, refundAttempt, type Charge } from '../lockout/count-attempts.ts';
import { queueMail } from '../messages/queue-mail.ts';
import type { PasswordRefusal } from '../passwords/password-policy.ts';
import { setPassword } from '../passwords/set-password.ts';
import { demandPassword, requireLiveSession, type OwnSession } from '../sessions/live-session.ts';
import { endSessions } from '../sessions/end-session.ts';
import { choosePassword, readPasswordContext, type PasswordContext } from './choose-password.ts';

const SIGN_IN_MAX_AGE_SECONDS = 15 * 60;

export type PasswordChange =
  { readonly changedAt: Date } | { readonly refused: readonly PasswordRefusal[] } | { readonly wrong: true };

/**
 * Changes the caller's password (ASVS 6.2.2, 6.2.3): needs the one in force, and of whoever has a second factor a sign-in
 * with it a moment ago. The other sessions end (ASVS 7.4.3), this one goes on, and the owner is told.
 */
export async function changePassword(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { currentPassword: string; newPassword: string } },
): Promise<PasswordChange> {
  const organizationId = organizationOf(caller);
  const begun = await identity.database.transaction(organizationId, (tx) => begin(identity, tx, caller));
  const { session, context, charge, current } = begun;
  const line = context.kind === 'STAFF' ? 'STAFF' : 'CLIENT';
  // A wrong one stays counted: whoever found an open screen must not guess here what they may not guess at the door.
  if (!(await identity.hasher.verify(current, input.currentPassword, line))) {
    await identity.database.transaction(organizationId, (tx) =>
      record(tx, { caller, now: identity.clock(), accountId: session.accountId, outcome: 'failure' }),
    );
    return { wrong: true };
  }
  const judged = await choosePassword(identity, context, input.newPassword);
  return identity.database.transaction(organizationId, async (tx) => {
    const now = identity.clock();
    await refundAttempt(tx, charge);
    if ('refused' in judged) return judged;
    const { accountId } = session;
    const isSet = await setPassword(tx, {
      accountId,
      replacing: current.hash,
      next: judged.chosen,
      by: session.secondFactor ? 'OWNER' : 'SAME',
      now,
    });
    // Changed elsewhere in this very moment: what was proven here is not true any more.
    if (!isSet) return { wrong: true };
    await endSessions(tx, {
      accountId,
      exceptSessionId: session.id,
      reason: 'PASSWORD_CHANGED',
      caller,
      now,
    });
    await tellOfChange(identity, tx, { accountId, now });
    await record(tx, { caller, now, accountId, outcome: 'success' });
    return { changedAt: now };
  });
}

async function begin(
  identity: Identity,
  tx: Transaction,
  caller: Caller,
): Promise<{
  session: OwnSession;
  context: PasswordContext;
  current: NonNullable<PasswordContext['current']>;
  charge: Charge;
}> {
  const now = identity.clock();
  const session = await requireLiveSession(tx, caller, now);
  demandPassword(session);
  const account = await findActive(tx, session.accountId);
  const context = await readPasswordContext(identity, tx, session.accountId);
  if (!account || !context?.current) throw refused.unauthenticated();
  if ((await listSignInFactors(tx, account, now)).length > 0)
    requireRecentSecondFactor(caller, { now, maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const key = identity.secrets.hash('attempt', session.deviceId);
  const charge = await chargeAttempt(tx, { scope: 'KNOWN_DEVICE', key }, now);
  if (isRefused(charge)) throw refused.rateLimited(charge.retryAfterSeconds);
  return { session, context, current: context.current, charge };
}

/** Tells the owner that there is another password. */
export async function tellOfChange(
  identity: Identity,
  tx: Transaction,
  { accountId, now }: { accountId: string; now: Date },
): Promise<void> {
  await queueMail(identity, tx, { mail: { accountId, template: 'password-changed' }, now });
}

async function record(
  tx: Transaction,
  given: { caller: Caller; now: Date; accountId: string; outcome: 'success' | 'failure' },
): Promise<void> {
  const { caller, now, accountId, outcome } = given;
  const action = outcome === 'success' ? 'authn_password_change' : 'authn_password_change_fail';
  await recordAudit(tx, { caller, now }, { action, outcome, subject: { type: 'Account', id: accountId } });
}
