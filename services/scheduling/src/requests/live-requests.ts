import type { Transaction } from '@kept/database';
import type { LimitReached } from '../bookings/violations.ts';

/** How many slots are kept for people who have not said who they are: by network, service and business. */
export const LIVE_MAX = { network: 3, service: 20, organization: 60 } as const;

const MESSAGE =
  'Too many times are being kept for people who have not signed in. Please sign in, or try again in some minutes.';

/**
 * The bound that a new request would pass, if any. Counted one after the other within the organization: the lock is taken
 * after the allocation, as everywhere, and ends with the transaction.
 */
export async function liveRequestsReached(
  tx: Transaction,
  asked: { networkHash: Buffer; serviceId: string; now: Date },
): Promise<LimitReached | null> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `slot requests of ${tx.organizationId}`,
  ]);
  const [live] = await tx.query<Record<keyof typeof LIVE_MAX, number>>(
    `SELECT count(*)::int AS organization, count(*) FILTER (WHERE network_hash = $3)::int AS network,
            count(*) FILTER (WHERE service_id = $4)::int AS service
     FROM slot_request WHERE organization_id = $1 AND expires_at > $2 AND claimed_at IS NULL`,
    [tx.organizationId, asked.now, asked.networkHash, asked.serviceId],
  );
  for (const bound of ['network', 'service', 'organization'] as const) {
    const limit = LIVE_MAX[bound];
    if ((live?.[bound] ?? 0) >= limit) return { __typename: 'LimitReached', message: MESSAGE, limit };
  }
  return null;
}
