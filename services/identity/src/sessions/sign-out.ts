import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';

/** Ends the session the request was made in. Doing it twice is no mistake: the first time counts. */
export async function signOut(
  identity: Identity,
  { caller }: { caller: Caller },
): Promise<{ endedAt: Date }> {
  const { accountId, sessionId } = caller;
  if (accountId === null || sessionId === null) throw refused.unauthenticated();
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const [ended] = await tx.query<{ ended_at: Date }>(
      `UPDATE session SET ended_at = $3, end_reason = 'SIGNED_OUT'
       WHERE id = $1 AND account_id = $2 AND ended_at IS NULL RETURNING ended_at`,
      [sessionId, accountId, now],
    );
    if (!ended) return { endedAt: now };
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_token_revoked',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { sessionId },
      },
    );
    return { endedAt: ended.ended_at };
  });
}
