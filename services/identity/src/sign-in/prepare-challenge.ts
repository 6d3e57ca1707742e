import type { Transaction } from '@kept/database';
import { isAtLeast, type Caller } from '@kept/passport';
import { contactPlace } from '../accounts/contact.ts';
import { findActive, type KnownAccount } from '../accounts/find-account.ts';
import { tellOwner } from '../accounts/sign-up.ts';
import { gradeOf, isCodeFactor, type CodeFactorKind, type FactorKind } from '../factors/factor.ts';
import { listSignInFactors } from '../factors/list-sign-in-factors.ts';
import { challengePasskey } from '../factors/passkeys/second-step.ts';
import { sendCode } from '../factors/send-code.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { findFlow, type Flow } from './transition-flow.ts';

const SENTENCES: Readonly<Record<FactorKind, string>> = {
  TOTP: 'Enter the six digits your authenticator shows.',
  RECOVERY_CODE: 'Enter one of your recovery codes.',
  EMAIL_CODE: 'If a code is needed, it is on its way to the address of the account.',
  SMS_CODE: 'If a code is needed, it is on its way to the telephone of the account.',
  PASSKEY: 'Use your passkey.',
};

/**
 * Makes a challenge ready: sends a code, for a flow that waits for one. The message is queued, never sent here, and the
 * answer is the same for a decoy, an unknown and a finished flow (A03).
 */
export async function prepareChallenge(
  identity: Identity,
  { caller, flow, factor }: { caller: Caller; flow: string; factor: FactorKind },
): Promise<{ factor: FactorKind; message: string; options?: string }> {
  if (factor === 'PASSKEY') {
    const ask = organizationOf(caller);
    const options = await identity.database.transaction(ask, (tx) => challengePasskey(identity, tx, flow));
    return { factor, message: SENTENCES[factor], options };
  }
  if (isCodeFactor(factor)) {
    await identity.database.transaction(organizationOf(caller), async (tx) => {
      if (!(await sendForFactor(identity, tx, { token: flow, factor })) && factor === 'EMAIL_CODE')
        await sendAgain(identity, tx, { token: flow, caller });
    });
  }
  return { factor, message: SENTENCES[factor] };
}

/** A code as second step: to whoever has switched it on, or by mail where a sign-in looks odd and there is nothing else. */
async function sendForFactor(
  identity: Identity,
  tx: Transaction,
  { token, factor }: { token: string; factor: CodeFactorKind },
): Promise<boolean> {
  const now = identity.clock();
  const waiting = { state: 'AWAITING_FACTOR', now } as const;
  const flow =
    (await findFlow(tx, token, { kind: 'SIGN_IN', ...waiting })) ??
    (await findFlow(tx, token, { kind: 'STEP_UP', ...waiting }));
  const account = flow?.account_id ? await findActive(tx, flow.account_id) : undefined;
  if (!flow || account?.kind !== 'CLIENT') return false;
  if (!(await maySend(tx, { flow, account, factor, now }))) return false;
  const phone = factor === 'SMS_CODE' ? await provenPhone(identity, tx, account.id) : undefined;
  return sendCode(identity, tx, { accountId: account.id, flowId: flow.id, kind: factor, phone, now });
}

async function maySend(
  tx: Transaction,
  given: { flow: Flow; account: KnownAccount; factor: CodeFactorKind; now: Date },
): Promise<boolean> {
  const { flow, account, factor, now } = given;
  if (!isAtLeast(gradeOf(factor), flow.assurance ?? 'RESTRICTED')) return false;
  const factors = await listSignInFactors(tx, account, now);
  return factors.length === 0 ? factor === 'EMAIL_CODE' : factors.some(({ kind }) => kind === factor);
}

/** The number of an account, if its owner has shown that they receive what is sent to it. */
export async function provenPhone(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  accountId: string,
): Promise<string | undefined> {
  const [row] = await tx.query<{ phone: Buffer | null }>(
    'SELECT phone FROM account WHERE id = $1 AND phone_confirmed_at IS NOT NULL',
    [accountId],
  );
  return (row && (await keyring.open(tx, contactPlace(accountId, 'phone'), row.phone))) ?? undefined;
}

/** The code of an address that waits to be confirmed, once more. */
async function sendAgain(
  identity: Identity,
  tx: Transaction,
  { token, caller }: { token: string; caller: Caller },
): Promise<void> {
  const step = { kind: 'CONFIRM_ADDRESS', state: 'AWAITING_CODE', now: identity.clock() } as const;
  const flow = await findFlow(tx, token, step);
  if (!flow?.account_id) return;
  const [account] = await tx.query<{ email: Buffer | null }>(
    "SELECT email FROM account WHERE id = $1 AND state = 'PENDING'",
    [flow.account_id],
  );
  const place = contactPlace(flow.account_id, 'email');
  const email = account && (await identity.keyring.open(tx, place, account.email));
  if (email)
    await tellOwner(identity, tx, {
      accountId: flow.account_id,
      flowId: flow.id,
      known: false,
      email,
      caller,
    });
}
