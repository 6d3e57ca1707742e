import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import { knowOrganization } from '../organizations/on-organization-created.ts';

/** Where somebody's roles hold from now on. Events may overtake each other: what was said last counts. */
export async function onStaffPlaced(
  tx: Transaction,
  { payload: { staffMemberId, locationIds }, occurredAt }: ReceivedEvent<'staff.placed'>,
): Promise<void> {
  await knowOrganization(tx);
  await tx.query(
    `INSERT INTO staff_places AS known (staff_member_id, organization_id, location_ids, told_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (staff_member_id) DO UPDATE SET location_ids = EXCLUDED.location_ids, told_at = EXCLUDED.told_at
     WHERE known.told_at <= EXCLUDED.told_at`,
    [staffMemberId, tx.organizationId, locationIds, occurredAt],
  );
}
