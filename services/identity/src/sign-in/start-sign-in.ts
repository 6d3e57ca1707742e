import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { canonicalEmail } from '../accounts/email-address.ts';
import { findByAddress, type SignInAccount } from '../accounts/find-account.ts';
import { recordAudit, type AuditAction, type AuditEntry } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { PEPPER_VERSION } from '../passwords/hash-password.ts';
import { issueSession } from '../sessions/issue-session.ts';
import { findKnownDevice, revokeDevice } from '../sessions/known-device.ts';
import { admitAttempt, type Admission } from './admit-attempt.ts';
import { refundAttempt, rememberWrong, secondsUntil, wasTriedBefore } from './count-attempts.ts';
import { rejected, type SignInStep } from './sign-in-step.ts';
import { openFlow } from './transition-flow.ts';

export interface SignInStartInput {
  readonly email: string;
  readonly password: string;
  readonly deviceToken?: string | null;
}

interface Attempted {
  readonly caller: Caller;
  readonly account: SignInAccount | undefined;
  readonly deviceId: string | null;
  readonly identifier: Buffer;
  readonly tried: Buffer;
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
    if ('retryAfterSeconds' in answer) await recordFailure(identity, tx, found, 'locked');
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
    if (!right || !account) return refuse(identity, tx, { attempted, admission });
    await refundAll(tx, admission);
    if (renewed !== undefined) await renewHash(tx, account.id, renewed);
    if (account.state !== 'ACTIVE') {
      await recordFailure(identity, tx, attempted, 'address_unconfirmed');
      return rejected('ADDRESS_UNCONFIRMED');
    }
    return nextStep(identity, tx, { ...attempted, account });
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

/** A wrong password: remembered among the last three, and told apart from a lock only by what everybody may know. */
async function refuse(
  identity: Identity,
  tx: Transaction,
  { attempted, admission }: { attempted: Attempted; admission: Admission },
): Promise<SignInStep> {
  const now = identity.clock();
  const [charge, networkCharge] = admission.charges;
  await recordFailure(identity, tx, attempted, 'bad_credentials');
  if (!charge) return rejected('BAD_CREDENTIALS');
  // Two at once with the same wrong password: the second counts as little as if it had come later.
  if (await wasTriedBefore(tx, admission.counted, attempted.tried)) {
    await refundAll(tx, admission);
    return rejected('BAD_CREDENTIALS');
  }
  await rememberWrong(tx, admission.counted, attempted.tried);
  const record = (action: AuditAction, subject: AuditEntry['subject'], what: string) =>
    recordAudit(
      tx,
      { caller: attempted.caller, now },
      {
        action,
        outcome: 'failure',
        subject,
        details: { locked: what },
      },
    );
  if (networkCharge && networkCharge.lockedUntil !== null) {
    const network = { type: 'Network', id: networkCharge.key.toString('hex') } as const;
    await record('malicious_excess_attempts', network, 'network');
  }
  if (charge.lockedUntil === null) return rejected('BAD_CREDENTIALS');
  if (attempted.deviceId !== null) await revokeDevice(tx, attempted.deviceId, now);
  const what = attempted.deviceId === null ? 'unknown_devices' : 'this_device';
  await record('authn_login_lock', subjectOf(attempted), what);
  if (attempted.account?.state === 'ACTIVE' && attempted.deviceId === null) {
    await queueMail(identity, tx, {
      mail: { accountId: attempted.account.id, template: 'sign-in-locked' },
      now,
    });
  }
  return rejected('ACCOUNT_LOCKED', secondsUntil(charge.lockedUntil, now));
}

/** The password was right: what stands between it and a session (A18: each way out is its own kind of flow). */
async function nextStep(
  identity: Identity,
  tx: Transaction,
  { caller, account, deviceId }: Attempted & { account: SignInAccount },
): Promise<SignInStep> {
  const now = identity.clock();
  if (account.has_authenticator) {
    const flow = await openFlow(
      tx,
      { kind: 'SIGN_IN', state: 'AWAITING_FACTOR', accountId: account.id, deviceId },
      now,
    );
    return { step: 'CHALLENGE_REQUIRED', flow: flow.token, factors: ['TOTP', 'RECOVERY_CODE'] };
  }
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
    { kind: 'SIGN_IN', state: 'COMPLETED', accountId: account.id, deviceId },
    now,
  );
  const signIn = { flowId: flow.id, deviceId, secondFactor: false };
  return { step: 'SESSION_ISSUED', session: await issueSession(identity, tx, { caller, account, signIn }) };
}

async function refundAll(tx: Transaction, { charges }: Admission): Promise<void> {
  for (const charge of charges) await refundAttempt(tx, charge);
}

async function renewHash(tx: Transaction, accountId: string, hash: string): Promise<void> {
  await tx.query('UPDATE password_credential SET hash = $2, pepper_version = $3 WHERE account_id = $1', [
    accountId,
    hash,
    PEPPER_VERSION,
  ]);
}

const subjectOf = ({ account, identifier }: Attempted): AuditEntry['subject'] =>
  account ? { type: 'Account', id: account.id } : { type: 'Identifier', id: identifier.toString('hex') };

async function recordFailure(
  identity: Identity,
  tx: Transaction,
  attempted: Attempted,
  reason: 'locked' | 'bad_credentials' | 'address_unconfirmed',
): Promise<void> {
  await recordAudit(
    tx,
    { caller: attempted.caller, now: identity.clock() },
    {
      action: 'authn_login_fail',
      outcome: 'failure',
      subject: subjectOf(attempted),
      details: { reason, device: attempted.deviceId === null ? 'unknown' : 'known' },
    },
  );
}
