import { may, type Ability } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { demandTheirPerson } from '../people/places-of-people.ts';
import { isFresh, requireLiveSession, type OwnSession } from './live-session.ts';
import type { SessionEndReason } from './session.ts';
import { whereFrom } from './where-from.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SIGN_IN_MAX_AGE_SECONDS = 15 * 60;

/** Who ends one, and from where; a job has no place. */
type Ending = Pick<Caller, 'kind' | 'accountId' | 'requestId'> &
  Partial<Pick<Caller, 'networkAddress' | 'deviceId'>>;

/** When it ended. */
export interface Ended {
  readonly endedAt: Date;
}

/** Ends one of the caller's own sessions: of a device that was lent, lost or forgotten (ASVS 7.4.3). */
export function endOwnSession(identity: Identity, caller: Caller, id: string): Promise<Ended> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const own = await requireLiveSession(tx, caller, now);
    if (id.toLowerCase() !== own.id) demandFreshSignIn(own, now);
    const { accountId } = own;
    const ended = await endSessions(tx, {
      identity,
      accountId,
      sessionId: id,
      reason: 'SIGNED_OUT',
      caller,
      now,
    });
    if (ended === 0) throw refused.notFound('session');
    return { endedAt: now };
  });
}

// ASVS 7.5.2: whoever found a screen that was left open must not shut the owner out of their other devices.
function demandFreshSignIn(session: OwnSession, now: Date): void {
  if (isFresh(session, now)) return;
  throw refused.stepUpRequired('Please sign in again; this may be done within 15 minutes of that.');
}

/** Forgets a device: its sessions end, and a sign-in on it is one on a device that is not known. */
export function forgetDevice(identity: Identity, caller: Caller, id: string): Promise<Ended> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const session = await requireLiveSession(tx, caller, now);
    demandFreshSignIn(session, now);
    const { accountId } = session;
    const forgotten = UUID.test(id)
      ? await tx.query(
          'UPDATE device SET revoked_at = $3 WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL RETURNING id',
          [id, accountId, now],
        )
      : [];
    if (forgotten.length === 0) throw refused.notFound('device');
    await endSessions(tx, { identity, accountId, deviceId: id, reason: 'DEVICE_REVOKED', caller, now });
    return { endedAt: now };
  });
}

/** Forgets every device, this one included: nothing that was signed in on before opens anything (AUT-14). */
export function forgetAllDevices(identity: Identity, caller: Caller): Promise<Ended> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const session = await requireLiveSession(tx, caller, now);
    demandFreshSignIn(session, now);
    const { accountId } = session;
    await tx.query('UPDATE device SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL', [
      accountId,
      now,
    ]);
    await endSessions(tx, { identity, accountId, reason: 'DEVICE_REVOKED', caller, now });
    return { endedAt: now };
  });
}

/** Ends the session of a colleague, such as one that was left open on a shared computer (SES-02). They are told. */
export function endSessionOfStaff(
  identity: Identity,
  { caller, ability }: { caller: Caller; ability: Ability },
  input: { accountId: string; sessionId: string },
): Promise<Ended> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    await requireLiveSession(tx, caller, now);
    await requireStaff(tx, caller, input.accountId);
    if (!may(ability, 'endSessions', 'Account', { id: input.accountId })) throw refused.forbidden();
    requireRecentSecondFactor(caller, { now, maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
    const { accountId, sessionId } = input;
    const ended = await endSessions(tx, {
      identity,
      accountId,
      sessionId,
      reason: 'ENDED_BY_STAFF',
      caller,
      now,
    });
    if (ended === 0) throw refused.notFound('session');
    await queueMail(identity, tx, { mail: { accountId, template: 'session-ended' }, now });
    return { endedAt: now };
  });
}

/** Refuses an account that is not of the staff that this caller looks after, in the words for one that does not exist. */
export async function requireStaff(
  tx: Transaction,
  caller: Pick<Caller, 'locations'>,
  accountId: string,
): Promise<void> {
  const [account] = UUID.test(accountId)
    ? await tx.query("SELECT 1 FROM account WHERE id = $1 AND kind = 'STAFF'", [accountId])
    : [];
  if (!account) throw refused.notFound('member of staff');
  await demandTheirPerson(tx, caller, accountId);
}

/**
 * Ends sessions of an account: one, those of a device, or all but one, and says each in the audit log. Answers how many.
 * A trigger withdraws their tokens from gateways in the same transaction (A36).
 */
export async function endSessions(
  tx: Transaction,
  given: {
    accountId: string;
    sessionId?: string;
    deviceId?: string;
    exceptSessionId?: string;
    reason: SessionEndReason;
    caller: Ending;
    now: Date;
    /** With it the audit log says from where. */
    identity?: Pick<Identity, 'secrets'>;
  },
): Promise<number> {
  const { identity, accountId, sessionId, deviceId, exceptSessionId, reason, caller, now } = given;
  if ([sessionId, deviceId, exceptSessionId].some((id) => id !== undefined && !UUID.test(id))) return 0;
  const ended = await tx.query<{ id: string }>(
    `UPDATE session SET ended_at = $2, end_reason = $3
     WHERE account_id = $1 AND ended_at IS NULL AND ($4::uuid IS NULL OR id = $4)
       AND ($5::uuid IS NULL OR device_id = $5) AND ($6::uuid IS NULL OR id <> $6) RETURNING id`,
    [accountId, now, reason, sessionId ?? null, deviceId ?? null, exceptSessionId ?? null],
  );
  for (const { id } of ended)
    await recordEnd(tx, { identity, accountId, sessionId: id, reason, caller, now });
  return ended.length;
}

/** Says in the audit log that a session was ended, why, by whom and from where. */
export const recordEnd = (
  tx: Transaction,
  given: {
    identity?: Pick<Identity, 'secrets'> | undefined;
    accountId: string;
    sessionId: string;
    reason: SessionEndReason;
    caller: Ending;
    now: Date;
  },
): Promise<void> => {
  const { identity, accountId, sessionId, reason, caller, now } = given;
  return recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_token_revoked',
      outcome: 'success',
      subject: { type: 'Account', id: accountId },
      details: { sessionId, reason, ...(identity && whereFrom(identity, tx, caller)) },
    },
  );
};
