import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { SignInAccount } from '../accounts/find-account.ts';
import { recordAudit, type AuditAction, type AuditEntry } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { revokeDevice } from '../sessions/known-device.ts';
import type { Admission } from './admit-attempt.ts';
import { refundAttempt, rememberWrong, secondsUntil, readCounter } from './count-attempts.ts';
import { rejected, type SignInStep } from '../sign-in/sign-in-step.ts';

/** Who tries to sign in, and from where. */
export interface Attempted {
  readonly caller: Caller;
  readonly account: SignInAccount | undefined;
  readonly deviceId: string | null;
  readonly identifier: Buffer;
  readonly tried: Buffer;
}

/** Takes back what was counted for an attempt. */
export async function refundAll(tx: Transaction, { charges }: Admission): Promise<void> {
  for (const charge of charges) await refundAttempt(tx, charge);
}

/** A wrong password: remembered among the last three, and told apart from a lock only by what everybody may know. */
export async function refusePassword(
  identity: Identity,
  tx: Transaction,
  { attempted, admission }: { attempted: Attempted; admission: Admission },
): Promise<SignInStep> {
  const now = identity.clock();
  const [charge, networkCharge] = admission.charges;
  await recordFailure(identity, tx, { attempted, reason: 'bad_credentials' });
  if (!charge) return rejected('BAD_CREDENTIALS');
  // Two at once with the same wrong password: the second counts as little as if it had come later.
  const { triedBefore } = await readCounter(tx, admission.counted, { tried: attempted.tried, now });
  if (triedBefore) {
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

const subjectOf = ({ account, identifier }: Attempted): AuditEntry['subject'] =>
  account ? { type: 'Account', id: account.id } : { type: 'Identifier', id: identifier.toString('hex') };

/** Writes down that an attempt failed, and why. */
export async function recordFailure(
  identity: Identity,
  tx: Transaction,
  {
    attempted,
    reason,
  }: { attempted: Attempted; reason: 'locked' | 'bad_credentials' | 'address_unconfirmed' },
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
