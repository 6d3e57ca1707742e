import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import type { AccountKind } from '../accounts/account.ts';
import { organizationOf, type Identity } from '../identity.ts';
import type { SessionRisk } from '../sessions/session-limits.ts';
import { assess } from './assess-sign-in.ts';
import { originOf } from './sign-in-origin.ts';

interface SessionToAssess {
  readonly caller: Caller;
  readonly account: { readonly id: string; readonly kind: AccountKind };
  readonly session: { readonly id: string; readonly deviceId: string };
  readonly now: Date;
}

/**
 * What is to be made of a session that goes on (V8.2.4). From the network where it was seen last nothing is new, and what
 * it was stays; from another it is judged like a sign-in. A token that is used by somebody else shows here. DENY is
 * answered as HIGH: a token that was copied is found by its reuse, and nobody is thrown out for being on a train.
 */
export async function assessRefresh(
  identity: Identity,
  tx: Transaction,
  { caller, account, session, now, before }: SessionToAssess & { before: SessionRisk },
): Promise<SessionRisk> {
  const { networkHash } = originOf(identity, tx, caller.networkAddress);
  const [seen] = await tx.query<{ moved: boolean }>(
    `UPDATE sign_in_origin SET seen_at = greatest(seen_at, $2)
     WHERE session_id = $1 RETURNING network_hash IS DISTINCT FROM $3::bytea AS moved`,
    [session.id, now, networkHash],
  );
  if (networkHash === null || seen?.moved !== true) return before;
  const { level } = await assess(identity, tx, {
    caller,
    account,
    deviceId: session.deviceId,
    sessionId: session.id,
    occasion: 'REFRESH',
    now,
  });
  const risk = level === 'DENY' ? 'HIGH' : level;
  await tx.query('UPDATE session SET risk_level = $2 WHERE id = $1', [session.id, risk]);
  return risk;
}

/**
 * Refuses something sensitive to a session that looks like somebody else's, until they have signed in again where they are
 * now. In a transaction of its own, so that the judgement stays when what was asked for does not happen. What the
 * organization only observes refuses nobody.
 */
export async function requireCalmSession(identity: Identity, caller: Caller): Promise<void> {
  const { accountId, sessionId, kind } = caller;
  if (accountId === null || sessionId === null || (kind !== 'CLIENT' && kind !== 'STAFF')) return;
  const level = await identity.database.transaction(organizationOf(caller), async (tx) => {
    const { networkHash } = originOf(identity, tx, caller.networkAddress);
    const [origin] = await tx.query<{ device_id: string; moved: boolean }>(
      `SELECT device_id, network_hash IS DISTINCT FROM $3::bytea AS moved FROM sign_in_origin
       WHERE session_id = $1 AND account_id = $2`,
      [sessionId, accountId, networkHash],
    );
    if (networkHash === null || origin?.moved !== true) return 'LOW';
    const judged = await assess(identity, tx, {
      caller,
      account: { id: accountId, kind },
      // A token that was copied is no device: what is known of it is the session's, not whose hands it is in.
      deviceId: null,
      sessionId,
      occasion: 'OPERATION',
      now: identity.clock(),
    });
    return judged.level;
  });
  if (level === 'HIGH' || level === 'DENY')
    throw refused.stepUpRequired(
      'This looks unusual for your account. Please sign in again, then repeat it.',
    );
}
