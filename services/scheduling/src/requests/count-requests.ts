import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';

type RequestScope = 'NETWORK' | 'SERVICE' | 'ORGANIZATION' | 'ACCOUNT';

/** Over how long requests add up, in minutes. */
const WINDOW_MINUTES = 10;
/**
 * How many requests within the window, whatever became of them. A network may be a whole school behind one address; a service
 * or a business that is asked more often than this is under attack, and whoever signs in still books.
 */
export const REQUESTS_MAX: Readonly<Record<RequestScope, number>> = {
  NETWORK: 30,
  ACCOUNT: 20,
  SERVICE: 300,
  ORGANIZATION: 1_000,
};

// One statement, so that of any number of racers no more than the maximum get through; it stops counting just above it.
const CHARGE = `
  INSERT INTO request_counter AS c (organization_id, scope, key_hash, asked, window_ends_at)
  VALUES ($1, $2, $3, 1, $5)
  ON CONFLICT ON CONSTRAINT one_request_counter_per_key DO UPDATE SET
    asked = CASE WHEN c.window_ends_at <= $4 THEN 1 ELSE least(c.asked + 1, $6::int + 1) END,
    window_ends_at = CASE WHEN c.window_ends_at <= $4 THEN excluded.window_ends_at ELSE c.window_ends_at END
  RETURNING asked, window_ends_at`;

/** Counts one request, or refuses it with the time to wait. Counters are locked in the order in which they are given. */
export async function countRequest(
  tx: Transaction,
  { scope, key, now }: { scope: RequestScope; key: Buffer; now: Date },
): Promise<void> {
  const windowEndsAt = new Date(now.getTime() + WINDOW_MINUTES * 60_000);
  const [row] = await tx.query<{ asked: number; window_ends_at: Date }>(CHARGE, [
    tx.organizationId,
    scope,
    key,
    now,
    windowEndsAt,
    REQUESTS_MAX[scope],
  ]);
  if (row === undefined || row.asked <= REQUESTS_MAX[scope]) return;
  throw refused.rateLimited(Math.max(1, Math.ceil((row.window_ends_at.getTime() - now.getTime()) / 1000)));
}
