import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { AccountKind } from '../accounts/account.ts';
import { findActive } from '../accounts/find-account.ts';
import { noteActivity } from '../accounts/note-activity.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { endIdleSessions } from './end-idle-sessions.ts';
import { assessRefresh } from '../risk/assess-session.ts';
import { grantTokens, type GrantedSession } from './grant-tokens.ts';
import { networkOf } from '../lockout/network.ts';
import { sameBytes } from '../secrets.ts';
import { readToken } from './routed-token.ts';
import { refuseSession } from './refuse-session.ts';
import {
  idleEnd,
  sessionLimits,
  type ClientType,
  type SessionAssurance,
  type SessionMethod,
  type SessionRisk,
} from './session-limits.ts';
import { whereFrom } from './where-from.ts';

// Two tabs refresh at once, or the answer is lost on the way: both must end up with the same successor, or people are
// logged out for nothing (nocturne #391: 415 of 679 tokens). Ten seconds are no help to a thief who comes later.
const GRACE_MS = 10_000;

/** Whether a person did something since the last refresh, or the app asks by itself. */
export type SessionActivity = 'USER' | 'BACKGROUND';

export interface RefreshRequest {
  readonly caller: Caller;
  readonly refreshToken: string;
  /** Of the device that asks, when the app keeps one: on another the session ends for everybody (A32). */
  readonly deviceToken?: string | null;
  readonly activity?: SessionActivity;
}

export type RefreshOutcome = GrantedSession | { ended: string };

const NO_DEVICE = '00000000-0000-0000-0000-000000000000';
const OVER = 'This session is over. Please sign in again.';

interface SessionRow {
  readonly id: string;
  readonly account_id: string;
  readonly device_id: string;
  readonly kind: AccountKind;
  readonly second_factor: boolean;
  readonly assurance: SessionAssurance | null;
  readonly client_type: ClientType;
  readonly risk_level: SessionRisk;
  readonly method: SessionMethod;
  readonly refresh_counter: number;
  readonly token_generation: number;
  readonly rotated_at: Date;
  readonly refreshed_by: Buffer | null;
  readonly authenticated_at: Date;
  readonly idle_expires_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
  readonly key_thumbprint: string | null;
}

const COLUMNS = `id, account_id, device_id, kind, second_factor, assurance, client_type, risk_level, method, refresh_counter, token_generation, rotated_at,
  refreshed_by, authenticated_at, idle_expires_at, expires_at, ended_at, key_thumbprint`;

/** Exchanges a refresh token. The token itself says which organization to look in. */
export async function refreshSession(
  identity: Identity,
  { caller, refreshToken, deviceToken = null, activity = 'USER' }: RefreshRequest,
): Promise<RefreshOutcome> {
  const token = readToken(identity.secrets, 'refresh', refreshToken);
  if (!token) return { ended: OVER };
  const onDevice = deviceOf(identity, deviceToken);
  const by = whoAsks(identity, caller);
  return identity.database.transaction(token.organizationId, async (tx) => {
    const now = identity.clock();
    const { keyThumbprint: key } = caller;
    const rotated = await rotate(tx, { ...token, onDevice, by, key, now });
    if (rotated) return grant(identity, tx, { caller, session: rotated, activity });
    const [session] = await tx.query<SessionRow>(`SELECT ${COLUMNS} FROM session WHERE id = $1`, [token.id]);
    if (!session) return { ended: OVER };
    if (!isAlive(session, now)) {
      await endIdleSessions(tx, { now, sessionId: session.id });
      return { ended: OVER };
    }
    const isRace =
      session.refresh_counter === token.count + 1 && now.getTime() - session.rotated_at.getTime() <= GRACE_MS;
    if (isRace && isSameDevice(session, { onDevice, by }) && isOfKey(session, key))
      return grant(identity, tx, { caller, session, activity });
    await endForReuse(identity, tx, { caller, session });
    return { ended: 'This session was ended because an old token was used again. Please sign in again.' };
  });
}

/** The device that a token says it is; one that cannot be read is nobody's. */
function deviceOf({ secrets }: Identity, token: string | null): string | null {
  return token === null || token === '' ? null : (readToken(secrets, 'device', token)?.id ?? NO_DEVICE);
}

/** What can be told of a program that names no device: from which network it asks, and what it says it is. */
const whoAsks = ({ secrets }: Identity, { networkAddress, userAgent }: Caller): Buffer =>
  secrets.hash('refresh', 'asked by', networkOf(networkAddress) ?? '', userAgent ?? '');

const isSameDevice = (
  session: SessionRow,
  { onDevice, by }: { onDevice: string | null; by: Buffer },
): boolean =>
  onDevice === null
    ? session.refreshed_by === null || sameBytes(session.refreshed_by, by)
    : onDevice === session.device_id;

// A session that belongs to a key is refreshed by whoever holds it, and by nobody else (RFC 9449 §5).
const isOfKey = ({ key_thumbprint: own }: SessionRow, key: string | null): boolean =>
  own === null || own === key;

const isAlive = (session: SessionRow, now: Date): boolean =>
  session.ended_at === null && session.idle_expires_at > now && session.expires_at > now;

/** One compare-and-set: of any number who hold the newest token, one turns it over. */
async function rotate(
  tx: Transaction,
  given: {
    id: string;
    count: number;
    onDevice: string | null;
    by: Buffer;
    key: string | null;
    now: Date;
  },
): Promise<SessionRow | undefined> {
  const [session] = await tx.query<SessionRow>(
    `UPDATE session SET refresh_counter = refresh_counter + 1, rotated_at = $3, refreshed_by = $5,
       key_thumbprint = coalesce(key_thumbprint, $6)
     WHERE id = $1 AND refresh_counter = $2 AND ended_at IS NULL AND idle_expires_at > $3 AND expires_at > $3
       AND ($4::uuid IS NULL OR device_id = $4) AND (key_thumbprint IS NULL OR key_thumbprint = $6)
     RETURNING ${COLUMNS}`,
    [given.id, given.count, given.now, given.onDevice, given.by, given.key],
  );
  return session;
}

async function grant(
  identity: Identity,
  tx: Transaction,
  { caller, session, activity }: { caller: Caller; session: SessionRow; activity: SessionActivity },
): Promise<RefreshOutcome> {
  const now = identity.clock();
  const account = await findActive(tx, session.account_id);
  const [device] = await tx.query<{ id: string; generation: number }>(
    'SELECT id, generation FROM device WHERE id = $1',
    [session.device_id],
  );
  if (!account || !device) return { ended: OVER };
  const { method, client_type: clientType } = session;
  const assurance = session.assurance ?? (session.second_factor ? 'STRONG' : 'PASSWORD');
  if ((await refuseSession(identity, tx, { caller, account, now })) !== undefined) return { ended: OVER };
  const { idleMs } = sessionLimits({ ...account, assurance, method, clientType }, identity);
  // An app that looks for news by itself keeps nobody signed in (A35).
  const idleExpiresAt =
    activity === 'USER' ? idleEnd(now, idleMs, session.expires_at) : session.idle_expires_at;
  if (activity === 'USER') {
    await tx.query('UPDATE session SET idle_expires_at = $2, last_seen_at = $3 WHERE id = $1', [
      session.id,
      idleExpiresAt,
      now,
    ]);
    await noteActivity(tx, account.id, now);
  }
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'session_renewed',
      outcome: 'success',
      subject: { type: 'Account', id: account.id },
      details: {
        sessionId: session.id,
        activity,
        ...whereFrom(identity, tx, { ...caller, deviceId: device.id }),
      },
    },
  );
  const risk = await assessRefresh(identity, tx, {
    caller,
    account,
    session: { id: session.id, deviceId: session.device_id },
    before: session.risk_level,
    now,
  });
  return grantTokens(identity, tx, {
    session: {
      id: session.id,
      refreshCounter: session.refresh_counter,
      deviceId: session.device_id,
      authenticatedAt: session.authenticated_at,
      assurance,
      method,
      clientType,
      risk,
      tokenGeneration: session.token_generation,
      keyThumbprint: session.key_thumbprint,
      idleExpiresAt,
      expiresAt: session.expires_at,
    },
    account,
    device,
  });
}

/** An old token has come back: somebody else may hold the newer ones, so none is good any more (RFC 9700 §4.14.2). */
async function endForReuse(
  identity: Identity,
  tx: Transaction,
  { caller, session }: { caller: Caller; session: SessionRow },
): Promise<void> {
  const now = identity.clock();
  await tx.query(
    "UPDATE session SET ended_at = $2, end_reason = 'TOKEN_REUSED' WHERE id = $1 AND ended_at IS NULL",
    [session.id, now],
  );
  await queueMail(identity, tx, {
    mail: {
      accountId: session.account_id,
      template: 'session-ended',
      parameters: { sessionId: session.id, deviceId: session.device_id },
    },
    now,
  });
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_token_reuse',
      outcome: 'failure',
      subject: { type: 'Account', id: session.account_id },
      details: { sessionId: session.id, ...whereFrom(identity, tx, caller) },
    },
  );
}
