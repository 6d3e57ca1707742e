import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { findActive } from '../accounts/find-account.ts';
import { recordAudit, type AuditAction } from '../audit.ts';
import type { FactorKind } from '../factors/factor.ts';
import { useRecoveryCode } from '../factors/recovery-codes.ts';
import { useTotpCode, type TotpAnswer } from '../factors/totp.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { assessSignIn } from '../risk/assess-sign-in.ts';
import { noteCodeReuse } from '../risk/note-code-reuse.ts';
import { chargeAttempt, isRefused, refundAttempt } from '../lockout/count-attempts.ts';
import { whereFrom } from '../sessions/where-from.ts';
import { onCodesLocked } from '../lockout/codes-locked.ts';
import { openSession } from './open-session.ts';
import { rejected, type SignInStep } from './sign-in-step.ts';
import { completeFlow, takeAttempt, type Flow } from './transition-flow.ts';

interface ChallengeAnswer {
  readonly flow: string;
  readonly factor: FactorKind;
  readonly code: string;
}

/**
 * The second factor of a sign-in. A wrong answer costs one of the flow's five attempts and one of the account's ten an
 * hour, which are counted over all flows together (A07); both stay counted, so this never throws for a wrong code.
 */
export async function answerChallenge(
  identity: Identity,
  { caller, answer }: { caller: Caller; answer: ChallengeAnswer },
): Promise<SignInStep> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const flow = await takeAttempt(tx, answer.flow, { kind: 'SIGN_IN', state: 'AWAITING_FACTOR', now });
    const account = flow?.account_id ? await findActive(tx, flow.account_id) : undefined;
    if (!flow || !account) return rejected('FLOW_EXPIRED');
    const charge = await chargeAttempt(tx, codeCounter(identity, account.id, flow.device_id), now);
    const record = (action: AuditAction, reason: string) =>
      recordAudit(
        tx,
        { caller, now },
        {
          action,
          outcome: 'failure',
          subject: { type: 'Account', id: account.id },
          details: {
            reason,
            factor: answer.factor,
            ...whereFrom(identity, tx, { ...caller, deviceId: flow.device_id }),
          },
        },
      );
    if (isRefused(charge)) {
      await record('authn_login_fail', 'codes_locked');
      return rejected('ACCOUNT_LOCKED', charge.retryAfterSeconds);
    }
    const factors = await listSignInFactors(tx, account, now);
    const offered = isOffered(flow, factors, answer.factor);
    const outcome = offered
      ? await checkCode(identity, tx, { flow, accountId: account.id, answer, now })
      : 'wrong';
    if (outcome !== 'right') {
      await record(outcome === 'used' ? 'otp_reuse' : 'authn_login_fail', `code_${outcome}`);
      if (outcome === 'used') await noteCodeReuse(identity, tx, { caller, account, now });
      if (charge.lockedUntil !== null) {
        await record('authn_login_lock', 'codes');
        await onCodesLocked(identity, tx, { accountId: account.id, requestId: caller.requestId, now });
      }
      return rejected('CODE_REFUSED');
    }
    await refundAttempt(tx, charge);
    if (!(await completeFlow(tx, flow.id, 'AWAITING_FACTOR'))) return rejected('FLOW_EXPIRED');
    const risk = await assessSignIn(identity, tx, { caller, account, deviceId: flow.device_id, now });
    const signIn = {
      flowId: flow.id,
      deviceId: flow.device_id,
      assurance: 'STRONG',
      method: 'PASSWORD',
      risk,
      clientType: flow.client_type,
    } as const;
    return openSession(identity, tx, { caller, account, signIn });
  });
}

/** Guesses on unknown devices must not lock the owner's own device: each known one counts for itself. */
export const codeCounter = ({ secrets }: Identity, accountId: string, deviceId: string | null) => ({
  scope: 'CODES' as const,
  key: secrets.hash('attempt', 'codes', accountId, deviceId ?? 'unknown'),
});

async function checkCode(
  identity: Identity,
  tx: Transaction,
  given: { flow: Flow; accountId: string; answer: ChallengeAnswer; now: Date },
): Promise<TotpAnswer> {
  const { accountId, answer, now } = given;
  if (answer.factor === 'TOTP') return useTotpCode(identity, tx, { accountId, code: answer.code, now });
  // A mailed code is no second factor here: whoever reads the mail could also have reset the password (A20).
  if (answer.factor === 'EMAIL_CODE') return 'wrong';
  return (await useRecoveryCode(identity, tx, { accountId, code: answer.code, now })) ? 'right' : 'wrong';
}
