import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import type { AccountKind } from '../accounts/account.ts';
import type { Identity } from '../identity.ts';
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
 * Refuses something sensitive to a session that looks like somebody else's, until it has signed in again. What the
 * organization only observes refuses nobody.
 */
export async function requireCalmSession(
  identity: Identity,
  tx: Transaction,
  { caller, account, session, now }: SessionToAssess,
): Promise<void> {
  const { networkHash } = originOf(identity, tx, caller.networkAddress);
  const [origin] = await tx.query<{ known: boolean }>(
    'SELECT network_hash IS NOT DISTINCT FROM $2::bytea AS known FROM sign_in_origin WHERE session_id = $1',
    [session.id, networkHash],
  );
  if (origin?.known !== false || networkHash === null) return;
  const { level } = await assess(identity, tx, {
    caller,
    account,
    deviceId: session.deviceId,
    sessionId: session.id,
    occasion: 'OPERATION',
    now,
  });
  if (level === 'HIGH' || level === 'DENY')
    throw refused.stepUpRequired(
      'This looks unusual for your account. Please sign in again, then repeat it.',
    );
}
