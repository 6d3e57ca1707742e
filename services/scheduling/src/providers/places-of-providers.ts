import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';

type Limited = Pick<Caller, 'locations' | 'accountId'>;

/**
 * A provider has one week for all places: whoever manages some of them says when somebody works or is away who works in no other.
 * Everybody else's time is for whoever manages the whole business, one's own for oneself.
 */
export async function demandTimeOfProvider(
  tx: Transaction,
  { locations, accountId }: Limited,
  providerId: string,
): Promise<void> {
  if (locations === null || providerId === accountId) return;
  const theirs = await tx.query(
    'SELECT 1 FROM staff_places WHERE staff_member_id = $1 AND location_ids <@ $2::uuid[]',
    [providerId, locations],
  );
  if (theirs.length === 0) throw refused.forbidden();
}

/** Who works in one of somebody's places concerns them; so does who works everywhere. All others are not there. */
export async function demandColleague(
  tx: Transaction,
  { locations, accountId }: Limited,
  providerId: string,
): Promise<void> {
  if (locations === null || providerId === accountId) return;
  const elsewhere = await tx.query(
    'SELECT 1 FROM staff_places WHERE staff_member_id = $1 AND NOT location_ids && $2::uuid[]',
    [providerId, locations],
  );
  if (elsewhere.length > 0) throw refused.notFound('provider');
}
