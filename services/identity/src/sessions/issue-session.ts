import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import { isAtLeast } from '@kept/passport';
import type { KnownAccount } from '../accounts/find-account.ts';
import { noteActivity } from '../accounts/note-activity.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import type { RiskAssessment } from '../risk/assess-sign-in.ts';
import { noteOrigin } from '../risk/note-origin.ts';
import { queueMail } from '../messages/queue-mail.ts';
import type { FlowKind } from '../sign-in/auth-flow.ts';
import { recordEnd } from './end-session.ts';
import { grantTokens, type GrantedSession, type TokenSession } from './grant-tokens.ts';
import { useDevice } from './known-device.ts';
import {
  idleEnd,
  sessionLimits,
  type ClientType,
  type SessionAssurance,
  type SessionMethod,
  type SessionRisk,
} from './session-limits.ts';
import { whereFrom } from './where-from.ts';

/** A sign-in whose every step was taken. */
export interface CompletedSignIn {
  readonly flowId: string;
  readonly deviceId: string | null;
  /** What it proved; everything but a password alone is a second factor. */
  readonly assurance: SessionAssurance;
  readonly method: SessionMethod;
  readonly risk: RiskAssessment;
  /** What kind of app it is for; the web's when it does not say. */
  readonly clientType?: ClientType;
}

// Each method comes out of its own kind of flow, so that a step of one is none of the other (A18).
const FLOW_OF: Readonly<Record<SessionMethod, FlowKind>> = {
  PASSWORD: 'SIGN_IN',
  MAIL_CODE: 'GUEST',
  PASSKEY: 'PASSKEY_SIGN_IN',
  SERVICE_KEY: 'SIGN_IN',
};

/**
 * The only way a session comes into being (A10, A19). It looks again at what the steps before have seen: the account is
 * active, the flow is completed and has opened no session yet, and staff have used a second factor. The last two also
 * stand as constraints in the database.
 */
export async function issueSession(
  identity: Identity,
  tx: Transaction,
  { caller, account, signIn }: { caller: Caller; account: KnownAccount; signIn: CompletedSignIn },
): Promise<GrantedSession> {
  const now = identity.clock();
  const { method, assurance, clientType = 'WEB' } = signIn;
  const risk = lookAgain(account, signIn);
  const secondFactor = assurance !== 'PASSWORD';
  const limits = sessionLimits({ ...account, assurance, method, clientType }, identity);
  await endOldest(identity, tx, { caller, accountId: account.id, keep: limits.sessionsMax - 1, now });
  const device = await useDevice(tx, { deviceId: signIn.deviceId, accountId: account.id, now });
  const expiresAt = new Date(now.getTime() + limits.absoluteMs);
  const session = {
    id: randomUUID(),
    refreshCounter: 1,
    deviceId: device.id,
    authenticatedAt: now,
    assurance,
    method,
    clientType,
    risk,
    tokenGeneration: 0,
    keyThumbprint: caller.keyThumbprint,
    idleExpiresAt: idleEnd(now, limits.idleMs, expiresAt),
    expiresAt,
  };
  await writeSession(tx, session, { account, flowId: signIn.flowId });
  await noteActivity(tx, account.id, now);
  await noteOrigin(identity, tx, { caller, account, sessionId: session.id, deviceId: device.id, now });
  // A guest is told of every use anyway: by the mail with the code.
  if (device.isNew && method !== 'MAIL_CODE')
    await tellOfNewDevice(identity, tx, {
      accountId: account.id,
      sessionId: session.id,
      deviceId: device.id,
    });
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_login_success',
      outcome: 'success',
      subject: { type: 'Account', id: account.id },
      details: {
        sessionId: session.id,
        secondFactor: String(secondFactor),
        assurance,
        method,
        device: device.isNew ? 'new' : 'known',
        ...whereFrom(identity, tx, { ...caller, deviceId: device.id }),
      },
    },
  );
  return grantTokens(identity, tx, { session, account, device });
}

/** What the steps before have seen to: here nothing is believed of it. */
function lookAgain(
  account: KnownAccount,
  { method, assurance, risk: { level } }: CompletedSignIn,
): SessionRisk {
  invariant(account.state === 'ACTIVE', 'only an active account signs in');
  invariant(
    account.kind !== 'STAFF' || isAtLeast(assurance, 'STRONG'),
    'staff sign in with a second factor that is neither mailed nor texted',
  );
  invariant(
    method !== 'MAIL_CODE' || !account.has_password,
    'a mailed code opens the accounts of guests alone',
  );
  invariant(
    (method === 'SERVICE_KEY') === (account.kind === 'SERVICE'),
    'a key opens accounts of programs, and nothing else opens those',
  );
  invariant(level !== 'DENY', 'what was denied opens no session');
  return level;
}

async function writeSession(
  tx: Transaction,
  session: TokenSession,
  { account, flowId }: { account: KnownAccount; flowId: string },
): Promise<void> {
  const { id, deviceId, assurance, method, clientType, risk } = session;
  const issued = await tx.query(
    `INSERT INTO session (id, organization_id, account_id, device_id, flow_id, kind, second_factor, method, refresh_counter,
       assurance, client_type, risk_level, rotated_at, authenticated_at, created_at, last_seen_at, idle_expires_at, expires_at,
       key_thumbprint)
     SELECT $1::uuid, organization_id, account_id, $4::uuid, id, $5, $6::boolean, $10, 1,
       $12, $13, $14, $7::timestamptz, $7, $7, $7, $8::timestamptz, $9::timestamptz, $15 FROM auth_flow
     WHERE id = $2 AND account_id = $3 AND kind = $11 AND state = 'COMPLETED' RETURNING id`,
    [
      id,
      flowId,
      account.id,
      deviceId,
      account.kind,
      assurance !== 'PASSWORD',
      session.authenticatedAt,
      session.idleExpiresAt,
      session.expiresAt,
      method,
      FLOW_OF[method],
      assurance,
      clientType,
      risk,
      session.keyThumbprint,
    ],
  );
  invariant(issued.length === 1, 'a session comes out of a completed sign-in');
}

async function endOldest(
  identity: Identity,
  tx: Transaction,
  given: { caller: Caller; accountId: string; keep: number; now: Date },
): Promise<void> {
  const { caller, accountId, keep, now } = given;
  const ended = await tx.query<{ id: string }>(
    `UPDATE session SET ended_at = $3, end_reason = 'REPLACED' WHERE id IN (
       SELECT id FROM session WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $3
       ORDER BY created_at DESC OFFSET $2) RETURNING id`,
    [accountId, keep, now],
  );
  for (const { id } of ended)
    await recordEnd(tx, { identity, accountId, sessionId: id, reason: 'REPLACED', caller, now });
}

// The first device of all is no news to the person who has just signed up on it.
async function tellOfNewDevice(
  identity: Identity,
  tx: Transaction,
  { accountId, ...parameters }: { accountId: string; sessionId: string; deviceId: string },
): Promise<void> {
  const [others] = await tx.query<{ count: string }>('SELECT count(*) FROM device WHERE account_id = $1', [
    accountId,
  ]);
  if (Number(others?.count ?? 0) < 2) return;
  await queueMail(identity, tx, {
    mail: { accountId, template: 'new-device', parameters },
    now: identity.clock(),
  });
}
