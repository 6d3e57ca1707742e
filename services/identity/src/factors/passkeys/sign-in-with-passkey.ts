import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { findActive } from '../../accounts/find-account.ts';
import { recordAudit } from '../../audit.ts';
import { organizationOf, type Identity } from '../../identity.ts';
import { assessSignIn } from '../../risk/assess-sign-in.ts';
import { findKnownDevice } from '../../sessions/known-device.ts';
import type { ClientType } from '../../sessions/session-limits.ts';
import { whereFrom } from '../../sessions/where-from.ts';
import { openSession } from '../../sign-in/open-session.ts';
import { rejected, type SignInStep } from '../../sign-in/sign-in-step.ts';
import { openFlow, takeAttempt } from '../../sign-in/transition-flow.ts';
import { preparePasskey, usePasskey } from './use-passkey.ts';
import type { PasskeyAssertion } from './verify.ts';

const WAITING = { kind: 'PASSKEY_SIGN_IN', state: 'AWAITING_FACTOR' } as const;

/** Begins a sign-in for whoever has a passkey of this organization on their device. Nobody is named, so nobody is told of (A04). */
export function startPasskeySignIn(
  identity: Identity,
  { caller, clientType }: { caller: Caller; clientType: ClientType },
): Promise<{ flow: string; options: string }> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const flow = await openFlow(tx, { ...WAITING, accountId: null, clientType }, identity.clock());
    return { flow: flow.token, options: await preparePasskey(identity, tx, flow.id) };
  });
}

/**
 * Signs in with a passkey alone: something one has, opened by what one knows or is, because the authenticator verified the
 * person. Every wrong answer is the same answer, and ends the flow.
 */
export function finishPasskeySignIn(
  identity: Identity,
  given: {
    caller: Caller;
    input: { flow: string; passkey: PasskeyAssertion; deviceToken?: string | null | undefined };
  },
): Promise<SignInStep> {
  const { caller, input } = given;
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const flow = await takeAttempt(tx, input.flow, { ...WAITING, now });
    if (!flow) return rejected('FLOW_EXPIRED');
    const use = await usePasskey(identity, tx, {
      flowId: flow.id,
      accountId: null,
      assertion: input.passkey,
      caller,
      now,
    });
    if (use === 'doubtful') return rejected('PASSKEY_IN_DOUBT');
    const account = use === 'wrong' ? undefined : await findActive(tx, use.accountId);
    if (!account) {
      await recordRefusal(identity, tx, { caller, now });
      return rejected('PASSKEY_REFUSED');
    }
    const device = await findKnownDevice(identity, tx, {
      token: input.deviceToken,
      accountId: account.id,
      now,
    });
    const deviceId = device?.id ?? null;
    await tx.query(
      "UPDATE auth_flow SET state = 'COMPLETED', account_id = $2, device_id = $3 WHERE id = $1 AND state = 'AWAITING_FACTOR'",
      [flow.id, account.id, deviceId],
    );
    const risk = await assessSignIn(identity, tx, { caller, account, deviceId, now });
    const signIn = {
      flowId: flow.id,
      deviceId,
      assurance: 'PHISHING_RESISTANT',
      method: 'PASSKEY',
      risk,
      clientType: flow.client_type,
    } as const;
    return openSession(identity, tx, { caller, account, signIn });
  });
}

// Whose it was meant to be is not known: what was sent is anybody's claim.
const recordRefusal = (
  identity: Identity,
  tx: Transaction,
  { caller, now }: { caller: Caller; now: Date },
): Promise<void> =>
  recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_login_fail',
      outcome: 'failure',
      subject: { type: 'Organization', id: organizationOf(caller) },
      details: { reason: 'passkey_refused', ...whereFrom(identity, tx, caller) },
    },
  );
