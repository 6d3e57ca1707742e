import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import type { ClientType, SessionAssurance, SessionMethod, SessionRisk } from './session-limits.ts';

/** The session a request was made in, as far as changing how one signs in depends on it. */
export interface OwnSession {
  readonly id: string;
  readonly accountId: string;
  readonly deviceId: string;
  readonly authenticatedAt: Date;
  readonly secondFactor: boolean;
  readonly assurance: SessionAssurance;
  readonly method: SessionMethod;
  readonly clientType: ClientType;
  readonly risk: SessionRisk;
  readonly tokenGeneration: number;
  readonly keyThumbprint: string | null;
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
}

// How fresh the sign-in must be to change how one signs in (RFC 9470): an old session that was left open is not enough.
const FRESH_MS = 15 * 60_000;
const LIVE = 'account_id = $1 AND ended_at IS NULL AND idle_expires_at > $2 AND expires_at > $2';

/**
 * The account of a session that still holds, or a refusal. An access token is good for five minutes wherever it is only
 * verified; what changes factors or sessions asks the row, so that a session that was ended can do nothing here.
 */
export async function requireLiveSession(tx: Transaction, caller: Caller, now: Date): Promise<OwnSession> {
  const [session] = await tx.query<OwnSession>(
    `SELECT id, account_id AS "accountId", device_id AS "deviceId", authenticated_at AS "authenticatedAt",
       second_factor AS "secondFactor", method, token_generation AS "tokenGeneration",
       key_thumbprint AS "keyThumbprint",
       coalesce(assurance, CASE WHEN second_factor THEN 'STRONG' ELSE 'PASSWORD' END) AS assurance,
       client_type AS "clientType", risk_level AS risk, idle_expires_at AS "idleExpiresAt", expires_at AS "expiresAt"
     FROM session WHERE ${LIVE} AND id = $3`,
    [caller.accountId, now, caller.sessionId],
  );
  if (!session) throw refused.unauthenticated();
  return session;
}

/** Refuses a session that a mailed code has opened: how one signs in is changed by whoever has a password. */
export function demandPassword({ method }: Pick<OwnSession, 'method'>): void {
  // A passkey is more than a password.
  if (method === 'PASSWORD' || method === 'PASSKEY') return;
  throw refused.stepUpRequired(
    'Please sign up with your address and a password first, then sign in with it.',
  );
}

/** Whether somebody signed in a moment ago. */
export const isFresh = ({ authenticatedAt }: Pick<OwnSession, 'authenticatedAt'>, now: Date): boolean =>
  now.getTime() - authenticatedAt.getTime() <= FRESH_MS;
