import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';

/** Ends the session the request was made in. Doing it twice is no mistake: the first time counts. */
export function signOut(identity: Identity, caller: Caller): Promise<{ endedAt: Date }> {
  return end(identity, caller, (tx, { accountId, sessionId, now }) =>
    tx.query<{ id: string }>(
      `UPDATE session SET ended_at = $3, end_reason = 'SIGNED_OUT'
       WHERE id = $1 AND account_id = $2 AND ended_at IS NULL RETURNING id`,
      [sessionId, accountId, now],
    ),
  );
}

/** Ends every session of whoever asks, this one included: for a telephone that was lost, or a screen left open somewhere. */
export function signOutEverywhere(identity: Identity, caller: Caller): Promise<{ endedAt: Date }> {
  return end(identity, caller, (tx, { accountId, now }) =>
    tx.query<{ id: string }>(
      `UPDATE session SET ended_at = $2, end_reason = 'SIGNED_OUT'
       WHERE account_id = $1 AND ended_at IS NULL RETURNING id`,
      [accountId, now],
    ),
  );
}

type EndSessions = (
  tx: Transaction,
  whose: { accountId: string; sessionId: string; now: Date },
) => Promise<{ id: string }[]>;

async function end(identity: Identity, caller: Caller, endSessions: EndSessions): Promise<{ endedAt: Date }> {
  const { accountId, sessionId } = caller;
  if (accountId === null || sessionId === null) throw refused.unauthenticated();
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    for (const { id } of await endSessions(tx, { accountId, sessionId, now })) {
      await recordAudit(
        tx,
        { caller, now },
        {
          action: 'authn_token_revoked',
          outcome: 'success',
          subject: { type: 'Account', id: accountId },
          details: { sessionId: id },
        },
      );
    }
    return { endedAt: now };
  });
}
