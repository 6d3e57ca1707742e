import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { SignInAccount } from '../accounts/find-account.ts';
import type { FactorKind } from '../factors/factor.ts';
import { listSignInFactors } from '../factors/list-sign-in-factors.ts';
import type { Identity } from '../identity.ts';
import type { RiskAssessment } from '../risk/assess-sign-in.ts';
import type { ClientType } from '../sessions/session-limits.ts';
import { openSession } from './open-session.ts';
import type { Attempted } from '../lockout/refuse-password.ts';
import { isKnownToOthers } from '../passwords/credential-standing.ts';
import { rejected, type SignInStep } from './sign-in-step.ts';
import { openFlow } from './transition-flow.ts';

/** A sign-in whose password was right. */
export interface KnownPerson {
  readonly caller: Caller;
  readonly account: SignInAccount;
  readonly attempted: Attempted;
  readonly risk: RiskAssessment;
  readonly clientType: ClientType;
}

/** The password was right: what stands between it and a session (A18: each way out is its own kind of flow). */
export async function nextStep(
  identity: Identity,
  tx: Transaction,
  { caller, account, attempted, risk, clientType }: KnownPerson,
): Promise<SignInStep> {
  const now = identity.clock();
  const { deviceId } = attempted;
  const isKnown = await isKnownToOthers(tx, account.id);
  const { offered, assurance } = await factorsFor(tx, { account, risk, isKnown, now });
  if (offered.length > 0) {
    const flow = await openFlow(
      tx,
      { kind: 'SIGN_IN', state: 'AWAITING_FACTOR', accountId: account.id, deviceId, clientType, assurance },
      now,
    );
    return { step: 'CHALLENGE_REQUIRED', flow: flow.token, factors: offered };
  }
  // Who works here and has no factor yet chooses another one by mail first: with this one anybody could enrol theirs.
  if (account.kind === 'STAFF' && isKnown) return rejected('BAD_CREDENTIALS');
  if (account.kind === 'STAFF') {
    const flow = await openFlow(
      tx,
      { kind: 'ENROL', state: 'AWAITING_ENROLMENT', accountId: account.id },
      now,
    );
    return { step: 'ENROLLMENT_REQUIRED', flow: flow.token };
  }
  const flow = await openFlow(
    tx,
    { kind: 'SIGN_IN', state: 'COMPLETED', accountId: account.id, deviceId, clientType },
    now,
  );
  const signIn = {
    flowId: flow.id,
    deviceId,
    assurance: 'PASSWORD',
    method: 'PASSWORD',
    risk,
    clientType,
  } as const;
  return openSession(identity, tx, { caller, account, signIn });
}

/**
 * What a sign-in is answered with. One that looks odd asks those for a mailed code who have nothing else, and those for
 * something strong who have it (AUT-15); it keeps nobody out. So is one with a password that somebody else knows: alone it
 * does not choose the next one, or the thief would.
 */
async function factorsFor(
  tx: Transaction,
  {
    account,
    risk,
    isKnown,
    now,
  }: { account: SignInAccount; risk: RiskAssessment; isKnown: boolean; now: Date },
): Promise<{ offered: readonly FactorKind[]; assurance: 'STRONG' | null }> {
  const factors = await listSignInFactors(tx, account, now);
  const kindsOf = (list: typeof factors) => list.map(({ kind }) => kind);
  const strong = factors.filter(({ grade }) => grade !== 'RESTRICTED');
  if (risk.level === 'HIGH' && strong.length > 0) return { offered: kindsOf(strong), assurance: 'STRONG' };
  const isOdd = risk.level === 'MEDIUM' || risk.level === 'HIGH';
  if (factors.length === 0 && (isOdd || isKnown) && account.kind === 'CLIENT')
    return { offered: ['EMAIL_CODE'], assurance: null };
  return { offered: kindsOf(factors), assurance: null };
}
