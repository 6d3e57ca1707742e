import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import type { SignInAccount } from '../accounts/find-account.ts';
import { recordAudit, type AuditEntry } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { revokeDevice } from '../sessions/known-device.ts';
import { whereFrom } from '../sessions/where-from.ts';
import { rejected, type SignInStep } from '../sign-in/sign-in-step.ts';
import { completeFlow } from '../sign-in/transition-flow.ts';
import { unknownDevicesKey, type Admission, type AttemptRefusal } from './admit-attempt.ts';
import {
  endRow,
  readCounters,
  refundAttempt,
  rememberWrong,
  secondsUntil,
  type Charge,
} from './count-attempts.ts';
import { LIMITS } from './limits.ts';
import { lockedStep } from './lock-sentences.ts';
import { askForWork, type DoneWork } from './work.ts';

/** Who tries to sign in, and from where. */
export interface Attempted {
  readonly caller: Caller;
  readonly account: SignInAccount | undefined;
  readonly deviceId: string | null;
  readonly identifier: Buffer;
  readonly tried: Buffer;
  readonly work: DoneWork | undefined;
}

/** Takes back what was counted for an attempt. */
export async function refundAll(tx: Transaction, { charges }: Admission): Promise<void> {
  for (const charge of charges) await refundAttempt(tx, charge);
}

/** The password was right: nothing counts for it, and an unlock link is used up. False when it was used up meanwhile. */
export async function acceptPassword(
  identity: Identity,
  tx: Transaction,
  { attempted, admission }: { attempted: Attempted; admission: Admission },
): Promise<boolean> {
  await refundAll(tx, admission);
  await endRow(tx, unknownDevicesKey(attempted.identifier), identity.clock());
  const { unlockFlowId } = admission;
  return unlockFlowId === null || completeFlow(tx, unlockFlowId, 'AWAITING_PASSWORD');
}

/** An attempt that was not looked at: what to do instead, the same for every address. */
export async function answerRefusal(
  identity: Identity,
  { attempted, refusal }: { attempted: Attempted; refusal: AttemptRefusal },
): Promise<SignInStep> {
  if (refusal.refused !== 'WORK') {
    if (refusal.refused === 'NETWORK') throw refused.rateLimited(refusal.retryAfterSeconds);
    return lockedStep(refusal.retryAfterSeconds);
  }
  const { caller, identifier } = attempted;
  const what = { organizationId: organizationOf(caller), purpose: 'sign-in', identifier } as const;
  const { challenge, expiresAt } = await askForWork(identity, what, refusal.work);
  return { step: 'PROOF_OF_WORK_REQUIRED', challenge, expiresAt };
}

/** A wrong password: remembered among the last three, and told apart from a lock only by what everybody may know. */
export async function refusePassword(
  identity: Identity,
  tx: Transaction,
  { attempted, admission }: { attempted: Attempted; admission: Admission },
): Promise<SignInStep> {
  const now = identity.clock();
  const { counted } = admission;
  const [charge] = admission.charges;
  // Two at once with the same wrong password: the second counts as little as if it had come later.
  const [state] = counted ? await readCounters(tx, [counted], { tried: attempted.tried, now }) : [];
  const isRepeated = counted !== null && (!charge || state?.triedBefore === true);
  await recordFailure(identity, tx, { attempted, reason: isRepeated ? 'repeated' : 'bad_credentials' });
  if (isRepeated) await refundAll(tx, admission);
  if (isRepeated || !charge || !counted) return rejected('BAD_CREDENTIALS');
  await rememberWrong(tx, counted, attempted.tried);
  if (charge.lockedUntil === null) return rejected('BAD_CREDENTIALS');
  if (attempted.deviceId !== null) await revokeDevice(tx, attempted.deviceId, now);
  await tellOfLock(identity, tx, { attempted, charge, failures: state?.failures ?? 0 });
  return lockedStep(secondsUntil(charge.lockedUntil, now));
}

/** Written down and told when it begins and when it is closed; the pauses in between are part of the same story. */
async function tellOfLock(
  identity: Identity,
  tx: Transaction,
  { attempted, charge, failures }: { attempted: Attempted; charge: Charge; failures: number },
): Promise<void> {
  const now = identity.clock();
  const { max, closeAt, lockMaxMs } = LIMITS[charge.scope];
  const closed =
    charge.lockedUntil !== null &&
    closeAt !== undefined &&
    charge.lockedUntil.getTime() - now.getTime() > lockMaxMs;
  if (attempted.deviceId === null && failures !== max && !closed) return;
  const what = attempted.deviceId !== null ? 'this_device' : closed ? 'closed' : 'unknown_devices';
  await recordAudit(
    tx,
    { caller: attempted.caller, now },
    {
      action: 'authn_login_lock',
      outcome: 'failure',
      subject: subjectOf(attempted),
      details: { locked: what, until: charge.lockedUntil?.toISOString() ?? '' },
    },
  );
  if (attempted.deviceId !== null) return;
  if (attempted.account?.state !== 'ACTIVE') {
    // The same number of statements as with a mail, so that the time tells nothing either (A01).
    await tx.query('SELECT id FROM outgoing_mail WHERE id = $1', [randomUUID()]);
    return;
  }
  const template = closed ? 'sign-in-closed' : 'sign-in-locked';
  await queueMail(identity, tx, { mail: { accountId: attempted.account.id, template }, now });
}

const subjectOf = ({ account, identifier }: Attempted): AuditEntry['subject'] =>
  account ? { type: 'Account', id: account.id } : { type: 'Identifier', id: identifier.toString('hex') };

export type FailureReason =
  'locked' | 'network_blocked' | 'bad_credentials' | 'repeated' | 'address_unconfirmed';

/** No attack: a telephone with an old password, and somebody who knows the right one. */
const HARMLESS: ReadonlySet<FailureReason> = new Set(['repeated', 'address_unconfirmed']);

/** Writes down that an attempt failed, and why; whoever watches for attacks is told once it is durable. */
export async function recordFailure(
  identity: Identity,
  tx: Transaction,
  { attempted, reason }: { attempted: Attempted; reason: FailureReason },
): Promise<void> {
  const { caller, account, deviceId, identifier } = attempted;
  await recordAudit(
    tx,
    { caller, now: identity.clock() },
    {
      action: 'authn_login_fail',
      outcome: 'failure',
      subject: subjectOf(attempted),
      details: {
        reason,
        device: deviceId === null ? 'unknown' : 'known',
        ...whereFrom(identity, tx, { ...caller, deviceId }),
      },
    },
  );
  if (HARMLESS.has(reason)) return;
  const organizationId = organizationOf(caller);
  tx.afterCommit(() =>
    identity.watch.failed({
      organizationId,
      identifier,
      accountId: account?.id ?? null,
      networkAddress: caller.networkAddress,
      isKnownDevice: deviceId !== null,
      requestId: caller.requestId,
    }),
  );
}
