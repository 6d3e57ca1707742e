import type { Caller } from '@kept/passport';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { DISMISSED_FOR_MS, type NudgeKind } from './list-nudges.ts';

/** Puts an advice off for ninety days. Doing it twice only moves the day. */
export async function dismissNudge(
  identity: Identity,
  { caller, kind }: { caller: Caller; kind: NudgeKind },
): Promise<{ kind: NudgeKind; dismissedUntil: Date }> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId } = await requireLiveSession(tx, caller, now);
    const dismissedUntil = new Date(now.getTime() + DISMISSED_FOR_MS);
    await tx.query(
      `INSERT INTO nudge_dismissal (organization_id, account_id, nudge, dismissed_until) VALUES ($1, $2, $3, $4)
       ON CONFLICT ON CONSTRAINT one_dismissal_per_nudge DO UPDATE SET dismissed_until = excluded.dismissed_until`,
      [tx.organizationId, accountId, kind, dismissedUntil],
    );
    return { kind, dismissedUntil };
  });
}
