import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { canonicalEmail } from '../accounts/email-address.ts';
import { findByAddress, passwordOf } from '../accounts/find-account.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { isInForce, lookAtPassword, rememberLook } from '../passwords/look-at-password.ts';
import { assessSignIn } from '../risk/assess-sign-in.ts';
import type { ClientType } from '../sessions/session-limits.ts';
import { findKnownDevice } from '../sessions/known-device.ts';
import { admitAttempt, isAdmitted } from '../lockout/admit-attempt.ts';
import { readWork, type DoneWork } from '../lockout/work.ts';
import { nextStep } from './next-step.ts';
import {
  acceptPassword,
  answerRefusal,
  recordFailure,
  refundAll,
  refusePassword,
  type Attempted,
} from '../lockout/refuse-password.ts';
import { rejected, type SignInStep } from './sign-in-step.ts';

export interface SignInStartInput {
  readonly email: string;
  readonly password: string;
  readonly deviceToken?: string | null;
  readonly clientType?: ClientType | null;
  /** What was made of the challenge of an attempt before this one. */
  readonly proofOfWork?: string | null;
  /** The flow of an unlock link that was opened here. */
  readonly unlockFlow?: string | null;
}

/**
 * Address and password. Three steps, so that no connection is held while argon2 works: count the attempt, verify, then
 * decide. Each does the same for an address that nobody has (A01), only the answers' reasons differ.
 */
export async function startSignIn(
  identity: Identity,
  { caller, input }: { caller: Caller; input: SignInStartInput },
): Promise<SignInStep> {
  const organizationId = organizationOf(caller);
  const email = canonicalEmail(input.email);
  const identifier = identity.secrets.hash('identifier', organizationId, email ?? input.email.slice(0, 254));
  const work = await readWork(
    identity,
    { organizationId, purpose: 'sign-in', identifier },
    input.proofOfWork,
  );
  const { attempted, admission } = await identity.database.transaction(organizationId, async (tx) => {
    const found = await lookUp(identity, tx, { caller, input, email, identifier, work });
    const answer = await admitAttempt(identity, tx, {
      ...found,
      accountId: found.account?.id,
      networkAddress: caller.networkAddress,
      unlockFlow: input.unlockFlow,
    });
    if (!isAdmitted(answer) && answer.refused !== 'WORK') {
      const reason = answer.refused === 'NETWORK' ? 'network_blocked' : 'locked';
      await recordFailure(identity, tx, { attempted: found, reason });
    }
    return { attempted: found, admission: answer };
  });
  if (!isAdmitted(admission)) return answerRefusal(identity, { attempted, refusal: admission });

  let right: boolean;
  try {
    const { account } = attempted;
    const line = account?.kind === 'STAFF' ? 'STAFF' : 'CLIENT';
    right = await identity.hasher.verify(account && passwordOf(account), input.password, line);
  } catch (error) {
    await identity.database.transaction(organizationId, (tx) => refundAll(tx, admission));
    throw error;
  }
  // Made outside the transaction, like the verification: it takes as long.
  const looked = right && attempted.account ? await lookAtPassword(identity, attempted.account, input) : {};
  return identity.database.transaction(organizationId, async (tx) => {
    const { account } = attempted;
    if (!right || !account) return refusePassword(identity, tx, { attempted, admission });
    if (!(await acceptPassword(identity, tx, { attempted, admission }))) return rejected('FLOW_EXPIRED');
    // Changed while it was verified: whoever knew the one before begins again (A36).
    if (!(await isInForce(tx, account, looked))) return rejected('FLOW_EXPIRED');
    await rememberLook(tx, account.id, looked);
    if (account.state !== 'ACTIVE') {
      await recordFailure(identity, tx, { attempted, reason: 'address_unconfirmed' });
      return rejected('ADDRESS_UNCONFIRMED');
    }
    const risk = await assessSignIn(identity, tx, {
      caller,
      account,
      deviceId: attempted.deviceId,
      identifier: attempted.identifier,
      deviceToken: input.deviceToken,
      now: identity.clock(),
    });
    const clientType = input.clientType ?? 'WEB';
    return nextStep(identity, tx, { caller, account, attempted, risk, clientType });
  });
}

interface Asked {
  readonly caller: Caller;
  readonly input: SignInStartInput;
  readonly email: string | undefined;
  readonly identifier: Buffer;
  readonly work: DoneWork | undefined;
}

async function lookUp(
  identity: Identity,
  tx: Transaction,
  { caller, input, email, identifier, work }: Asked,
): Promise<Attempted> {
  const { secrets } = identity;
  const account = email === undefined ? undefined : await findByAddress(identity, tx, email);
  const device = await findKnownDevice(identity, tx, {
    token: input.deviceToken,
    accountId: account?.id,
    now: identity.clock(),
  });
  return {
    caller,
    account,
    deviceId: device?.id ?? null,
    identifier,
    work,
    // Nothing longer than a password can be is worth recognising.
    tried: secrets.hash('attempt', identifier, input.password.slice(0, 256)),
  };
}
