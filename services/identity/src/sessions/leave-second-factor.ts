import type { Transaction } from '@kept/database';
import { sessionLimits, type ClientType } from './session-limits.ts';

/**
 * After a client's second factor is gone no session claims it any more (A25): this one goes on as one that was opened
 * with the password alone, no longer than such a one lasts; all others end. Returns how many ended.
 */
export async function leaveSecondFactor(
  tx: Transaction,
  {
    accountId,
    sessionId,
    clientType,
    now,
  }: { accountId: string; sessionId: string; clientType: ClientType; now: Date },
): Promise<number> {
  const { idleMs, absoluteMs } = sessionLimits({
    kind: 'CLIENT',
    roles: ['CLIENT'],
    assurance: 'PASSWORD',
    method: 'PASSWORD',
    clientType,
  });
  await tx.query(
    `UPDATE session SET second_factor = false, assurance = 'PASSWORD',
       idle_expires_at = least(idle_expires_at, $3::timestamptz + $4::float8 * interval '1 ms'),
       expires_at = least(expires_at, authenticated_at + $5::float8 * interval '1 ms')
     WHERE id = $2 AND account_id = $1`,
    [accountId, sessionId, now, idleMs, absoluteMs],
  );
  const ended = await tx.query(
    `UPDATE session SET ended_at = $3, end_reason = 'FACTOR_REMOVED'
     WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL RETURNING id`,
    [accountId, sessionId, now],
  );
  return ended.length;
}
