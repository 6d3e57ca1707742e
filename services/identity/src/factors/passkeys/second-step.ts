import { randomBytes } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { whereFrom } from '../../sessions/where-from.ts';
import type { FactorAnswer } from '../../sign-in/prove-factor.ts';
import { rejected, type SignInStep } from '../../sign-in/sign-in-step.ts';
import { findFlow } from '../../sign-in/transition-flow.ts';
import { preparePasskey, requestOptions, usePasskey } from './use-passkey.ts';
import type { PasskeyAssertion } from './verify.ts';

/** Readies a sign-in or a step-up for a passkey. A decoy, unknown or finished flow gets the same answer (A03, A04). */
export async function challengePasskey(identity: Identity, tx: Transaction, token: string): Promise<string> {
  const waiting = { state: 'AWAITING_FACTOR', now: identity.clock() } as const;
  const flow =
    (await findFlow(tx, token, { kind: 'SIGN_IN', ...waiting })) ??
    (await findFlow(tx, token, { kind: 'STEP_UP', ...waiting }));
  return flow
    ? preparePasskey(identity, tx, flow.id)
    : requestOptions(identity.relyingParty, randomBytes(32));
}

/**
 * Whether a passkey of this account has signed what the flow waits for. It costs an attempt of the flow and none of the
 * account's: a signature cannot be guessed, and nobody is to lock a factor with wrong ones.
 */
export async function provePasskey(
  identity: Identity,
  tx: Transaction,
  answer: Pick<FactorAnswer, 'caller' | 'flow' | 'account'> & { passkey: PasskeyAssertion | null },
): Promise<{ readonly grade: 'PHISHING_RESISTANT' } | { readonly refused: SignInStep }> {
  const { caller, flow, account, passkey: assertion } = answer;
  const now = identity.clock();
  const use = assertion
    ? await usePasskey(identity, tx, { flowId: flow.id, accountId: account.id, assertion, caller, now })
    : 'wrong';
  if (typeof use === 'object') return { grade: 'PHISHING_RESISTANT' };
  if (use === 'doubtful') return { refused: rejected('PASSKEY_IN_DOUBT') };
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_login_fail',
      outcome: 'failure',
      subject: { type: 'Account', id: account.id },
      details: {
        reason: 'passkey_refused',
        factor: 'PASSKEY',
        ...whereFrom(identity, tx, { ...caller, deviceId: flow.device_id }),
      },
    },
  );
  return { refused: rejected('PASSKEY_REFUSED') };
}
