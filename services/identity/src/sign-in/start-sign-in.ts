import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { canonicalEmail } from '../accounts/email-address.ts';
import { findByAddress } from '../accounts/find-account.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { PEPPER_VERSION } from '../passwords/hash-password.ts';
import { assessSignIn } from '../risk/assess-sign-in.ts';
import type { ClientType } from '../sessions/session-limits.ts';
import { findKnownDevice } from '../sessions/known-device.ts';
import { admitAttempt } from '../lockout/admit-attempt.ts';
import { nextStep } from './next-step.ts';
import { recordFailure, refundAll, refusePassword, type Attempted } from '../lockout/refuse-password.ts';
import { rejected, type SignInStep } from './sign-in-step.ts';

export interface SignInStartInput {
  readonly email: string;
  readonly password: string;
  readonly deviceToken?: string | null;
  readonly clientType?: ClientType | null;
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
  const { attempted, admission } = await identity.database.transaction(organizationId, async (tx) => {
    const found = await lookUp(identity, tx, { caller, input });
    const answer = await admitAttempt(identity, tx, { ...found, networkAddress: caller.networkAddress });
    if ('retryAfterSeconds' in answer)
      await recordFailure(identity, tx, { attempted: found, reason: 'locked' });
    return { attempted: found, admission: answer };
  });
  if ('retryAfterSeconds' in admission) return rejected('ACCOUNT_LOCKED', admission.retryAfterSeconds);

  let right: boolean;
  try {
    right = await identity.hasher.verify(attempted.account?.hash, input.password);
  } catch (error) {
    await identity.database.transaction(organizationId, (tx) => refundAll(tx, admission));
    throw error;
  }
  // Made outside the transaction, like the verification: it takes as long.
  const renewed =
    right && attempted.account && !identity.hasher.isCurrent(attempted.account.hash)
      ? await identity.hasher.hash(input.password)
      : undefined;
  return identity.database.transaction(organizationId, async (tx) => {
    const { account } = attempted;
    if (!right || !account) return refusePassword(identity, tx, { attempted, admission });
    await refundAll(tx, admission);
    if (renewed !== undefined) await renewHash(tx, account.id, renewed);
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

async function lookUp(
  identity: Identity,
  tx: Transaction,
  { caller, input }: { caller: Caller; input: SignInStartInput },
): Promise<Attempted> {
  const { secrets } = identity;
  const email = canonicalEmail(input.email);
  const account = email === undefined ? undefined : await findByAddress(identity, tx, email);
  const identifier = secrets.hash('identifier', tx.organizationId ?? '', email ?? input.email.slice(0, 254));
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
    // Nothing longer than a password can be is worth recognising.
    tried: secrets.hash('attempt', identifier, input.password.slice(0, 256)),
  };
}

async function renewHash(tx: Transaction, accountId: string, hash: string): Promise<void> {
  await tx.query('UPDATE password_credential SET hash = $2, pepper_version = $3 WHERE account_id = $1', [
    accountId,
    hash,
    PEPPER_VERSION,
  ]);
}
