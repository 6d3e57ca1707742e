import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';

/** A session that holds, as its owner sees it. */
export interface LiveSession {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly secondFactor: boolean;
}

const SESSIONS_MAX = 50;
const LIVE = 'account_id = $1 AND ended_at IS NULL AND idle_expires_at > $2 AND expires_at > $2';

/**
 * The account of a session that still holds, or a refusal. An access token is good for five minutes wherever it is only
 * verified; what changes factors or sessions asks the row, so that a session that was ended can do nothing here.
 */
export async function requireLiveSession(
  tx: Transaction,
  caller: Caller,
  now: Date,
): Promise<{ accountId: string; authenticatedAt: Date; secondFactor: boolean }> {
  const [session] = await tx.query<{ authenticated_at: Date; second_factor: boolean }>(
    `SELECT authenticated_at, second_factor FROM session WHERE ${LIVE} AND id = $3`,
    [caller.accountId, now, caller.sessionId],
  );
  if (!session || caller.accountId === null) throw refused.unauthenticated();
  return {
    accountId: caller.accountId,
    authenticatedAt: session.authenticated_at,
    secondFactor: session.second_factor,
  };
}

/** An account's sessions that hold, newest first. */
export async function listSessions(tx: Transaction, accountId: string, now: Date): Promise<LiveSession[]> {
  return tx.query<LiveSession>(
    `SELECT id, created_at AS "createdAt", last_seen_at AS "lastSeenAt", expires_at AS "expiresAt",
       second_factor AS "secondFactor"
     FROM session WHERE ${LIVE} ORDER BY created_at DESC LIMIT ${SESSIONS_MAX}`,
    [accountId, now],
  );
}
