import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { findActive, type KnownAccount } from '../accounts/find-account.ts';
import { isCodeFactor, type FactorKind } from '../factors/factor.ts';
import type { PasskeyAssertion } from '../factors/passkeys/verify.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { assessSignIn } from '../risk/assess-sign-in.ts';
import type { SessionAssurance } from '../sessions/session-limits.ts';
import { finishStepUp } from '../step-up/finish-step-up.ts';
import { openSession } from './open-session.ts';
import { proveFactor } from './prove-factor.ts';
import { rejected, type SignInStep } from './sign-in-step.ts';
import { completeFlow, takeAttempt, type Flow } from './transition-flow.ts';

interface ChallengeAnswer {
  readonly flow: string;
  readonly factor: FactorKind;
  readonly code?: string | null | undefined;
  readonly passkey?: PasskeyAssertion | null | undefined;
}

/** The second factor of a sign-in, or of a session that proves itself again. */
export async function answerChallenge(
  identity: Identity,
  { caller, answer }: { caller: Caller; answer: ChallengeAnswer },
): Promise<SignInStep> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const waiting = { state: 'AWAITING_FACTOR', now } as const;
    const flow =
      (await takeAttempt(tx, answer.flow, { kind: 'SIGN_IN', ...waiting })) ??
      (await takeAttempt(tx, answer.flow, { kind: 'STEP_UP', ...waiting }));
    const account = flow?.account_id ? await findActive(tx, flow.account_id) : undefined;
    if (!flow || !account) return rejected('FLOW_EXPIRED');
    // Tokens of a session are given to whoever is in it, however they came by the name of the flow (A22).
    if (flow.session_id !== null && flow.session_id !== caller.sessionId) return rejected('FLOW_EXPIRED');
    const { factor, passkey } = answer;
    const code = answer.code ?? '';
    const proven = await proveFactor(identity, tx, { caller, flow, account, factor, code, passkey });
    if ('refused' in proven) return proven.refused;
    if (!(await completeFlow(tx, flow.id, 'AWAITING_FACTOR'))) return rejected('FLOW_EXPIRED');
    const grade = await assuranceOf(tx, { account, flow, grade: proven.grade, factor });
    if (flow.session_id !== null)
      return finishStepUp(identity, tx, {
        caller,
        account,
        flow: { ...flow, session_id: flow.session_id },
        grade,
      });
    const risk = await assessSignIn(identity, tx, { caller, account, deviceId: flow.device_id, now });
    const signIn = {
      flowId: flow.id,
      deviceId: flow.device_id,
      assurance: grade,
      method: 'PASSWORD',
      risk,
      clientType: flow.client_type,
    } as const;
    return openSession(identity, tx, { caller, account, signIn });
  });
}

/**
 * A code that is mailed to whoever has just replaced the password by such a code proves the same mailbox a second time:
 * it is asked for where a sign-in looks odd, and is no second factor (A20; kratos #4317).
 */
async function assuranceOf(
  tx: Transaction,
  given: { account: KnownAccount; flow: Flow; grade: SessionAssurance; factor: FactorKind },
): Promise<SessionAssurance> {
  const { account, grade, factor } = given;
  if (!isCodeFactor(factor) || factor !== 'EMAIL_CODE') return grade;
  const [credential] = await tx.query<{ set_by: string }>(
    'SELECT set_by FROM password_credential WHERE account_id = $1',
    [account.id],
  );
  return credential?.set_by === 'MAIL' ? 'PASSWORD' : grade;
}
