import type { Transaction } from '@kept/database';
import { publish, type ReceivedEvent } from '@kept/events';

/**
 * Somebody has left: they are no member whose training is asked about, and nobody lets them in before any more. What they have
 * passed stays on record.
 */
export async function onStaffOffboarded(
  tx: Transaction,
  { payload: { staffMemberId, offboardingId }, receivedAt }: ReceivedEvent<'staff.offboarded'>,
): Promise<void> {
  const members = await tx.query(
    `INSERT INTO training_member (staff_member_id, organization_id, joined_at, left_at) VALUES ($1, $2, $3, $3)
     ON CONFLICT ON CONSTRAINT one_row_per_member_of_staff DO UPDATE SET left_at = coalesce(training_member.left_at, $3)
     RETURNING staff_member_id`,
    [staffMemberId, tx.organizationId, receivedAt],
  );
  const waivers = await tx.query(
    'DELETE FROM training_waiver WHERE staff_member_id = $1 AND organization_id = $2 AND approved_by IS NULL RETURNING id',
    [staffMemberId, tx.organizationId],
  );
  await publish(tx, 'offboarding.answered', {
    staffMemberId,
    offboardingId,
    counts: { memberships: members.length, waiversAskedFor: waivers.length },
  });
}
