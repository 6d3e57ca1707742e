import type { Transaction } from '@kept/database';
import { recordAudit } from '../audit.ts';

// Nobody asked for it: the time did it.
const BY_ITSELF = { kind: 'SERVICE', accountId: null, requestId: 'end-idle-sessions' } as const;
const BATCH = 500;

/**
 * Writes down the end of sessions whose time is over, at the moment it was over, and says so in the audit log, once for
 * each (ASVS 7.3). Their tokens have been worth nothing since; this is for whoever looks at the list.
 */
export async function endIdleSessions(
  tx: Transaction,
  { now, sessionId = null }: { now: Date; sessionId?: string | null },
): Promise<number> {
  const ended = await tx.query<{ id: string; account_id: string; idle: boolean; client_type: string }>(
    `UPDATE session SET ended_at = least(idle_expires_at, expires_at), end_reason = 'EXPIRED' WHERE id IN (
       SELECT id FROM session WHERE ended_at IS NULL AND idle_expires_at <= $1 AND ($2::uuid IS NULL OR id = $2)
       ORDER BY idle_expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
     RETURNING id, account_id, idle_expires_at < expires_at AS idle, client_type`,
    [now, sessionId],
  );
  for (const { id, account_id: accountId, idle, client_type: clientType } of ended) {
    await recordAudit(
      tx,
      { caller: BY_ITSELF, now },
      {
        action: 'session_expired',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { sessionId: id, reason: idle ? 'idle' : 'absolute', clientType },
      },
    );
  }
  return ended.length;
}
