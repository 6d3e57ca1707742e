import type { Transaction } from '@kept/database';
import { publish, type ReceivedEvent } from '@kept/events';
import { knowOrganization } from './know-organization.ts';

/**
 * Somebody has left. Payments gives nobody on the staff a key, a link or a session, so there is nothing to end; how many
 * refunds they decided are on record is said, for whoever looks after them.
 */
export async function onStaffOffboarded(
  tx: Transaction,
  { payload: { staffMemberId, offboardingId } }: ReceivedEvent<'staff.offboarded'>,
): Promise<void> {
  await knowOrganization(tx);
  const [decided] = await tx.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM refund WHERE organization_id = $1 AND requested_by = $2',
    [tx.organizationId, staffMemberId],
  );
  await publish(tx, 'offboarding.answered', {
    staffMemberId,
    offboardingId,
    counts: { keys: 0, refundsDecided: decided?.count ?? 0 },
  });
}
