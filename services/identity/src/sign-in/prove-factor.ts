import type { Transaction } from '@kept/database';
import { isAtLeast, type Caller } from '@kept/passport';
import { isRight } from '../accounts/confirm-address.ts';
import type { KnownAccount } from '../accounts/find-account.ts';
import { recordAudit, type AuditAction } from '../audit.ts';
import { gradeOf, isCodeFactor, type FactorGrade, type FactorKind } from '../factors/factor.ts';
import { listSignInFactors } from '../factors/list-sign-in-factors.ts';
import { provePasskey } from '../factors/passkeys/second-step.ts';
import type { PasskeyAssertion } from '../factors/passkeys/verify.ts';
import { useRecoveryCode } from '../factors/recovery-codes.ts';
import { useTotpCode, type TotpAnswer } from '../factors/totp.ts';
import type { Identity } from '../identity.ts';
import { onCodesLocked } from '../lockout/codes-locked.ts';
import { chargeAttempt, isRefused, refundAttempt } from '../lockout/count-attempts.ts';
import { noteCodeReuse } from '../risk/note-code-reuse.ts';
import { whereFrom } from '../sessions/where-from.ts';
import { rejected, type SignInStep } from './sign-in-step.ts';
import type { Flow } from './transition-flow.ts';

/** A factor that was answered with, for a flow one attempt of which was taken. */
export interface FactorAnswer {
  readonly caller: Caller;
  readonly flow: Flow;
  readonly account: KnownAccount;
  readonly factor: FactorKind;
  readonly code: string;
  /** Instead of a code, of a passkey. */
  readonly passkey?: PasskeyAssertion | null | undefined;
}

/**
 * Whether a factor proves what the flow waits for. A wrong answer costs one of the flow's five attempts and one of the
 * account's ten an hour, counted over all flows together (A07); both stay counted, so this never throws for a wrong code.
 */
export async function proveFactor(
  identity: Identity,
  tx: Transaction,
  answer: FactorAnswer,
): Promise<{ readonly grade: FactorGrade } | { readonly refused: SignInStep }> {
  const { caller, flow, account } = answer;
  const now = identity.clock();
  if (answer.factor === 'PASSKEY')
    return provePasskey(identity, tx, { ...answer, passkey: answer.passkey ?? null });
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
    return { refused: rejected('ACCOUNT_LOCKED', charge.retryAfterSeconds) };
  }
  const outcome = await check(identity, tx, answer);
  if (outcome === 'right') {
    await refundAttempt(tx, charge);
    return { grade: gradeOf(answer.factor) };
  }
  await record(outcome === 'used' ? 'otp_reuse' : 'authn_login_fail', `code_${outcome}`);
  if (outcome === 'used') await noteCodeReuse(identity, tx, { caller, account, now });
  if (charge.lockedUntil !== null) {
    await record('authn_login_lock', 'codes');
    await onCodesLocked(identity, tx, { accountId: account.id, requestId: caller.requestId, now });
  }
  return { refused: rejected('CODE_REFUSED') };
}

/** Guesses on unknown devices must not lock the owner's own device: each known one counts for itself. */
export const codeCounter = ({ secrets }: Identity, accountId: string, deviceId: string | null) => ({
  scope: 'CODES' as const,
  key: secrets.hash('attempt', 'codes', accountId, deviceId ?? 'unknown'),
});

async function check(identity: Identity, tx: Transaction, answer: FactorAnswer): Promise<TotpAnswer> {
  const { account, factor, flow, code } = answer;
  const now = identity.clock();
  // What the flow wants, whatever the account has besides (A18): a weaker factor is no answer to it.
  if (!isAtLeast(gradeOf(factor), flow.assurance ?? 'RESTRICTED')) return 'wrong';
  // Sent for this flow and this factor, which is decided where codes are sent (A22).
  if (isCodeFactor(factor))
    return flow.code_factor === factor && isRight(identity.secrets, flow, { code, now }) ? 'right' : 'wrong';
  const factors = await listSignInFactors(tx, account, now);
  if (!factors.some(({ kind }) => kind === factor)) return 'wrong';
  if (factor === 'TOTP') return useTotpCode(identity, tx, { accountId: account.id, code, now });
  if (factor === 'RECOVERY_CODE')
    return (await useRecoveryCode(identity, tx, { accountId: account.id, code, now })) ? 'right' : 'wrong';
  return 'wrong';
}
