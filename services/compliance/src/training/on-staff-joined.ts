import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';

/** Remembers that there is such a member of staff, so that it shows who still has to be trained. */
export async function onStaffJoined(
  tx: Transaction,
  { payload, occurredAt }: ReceivedEvent<'staff.joined'>,
): Promise<void> {
  await noteMember(tx, payload.staffMemberId, occurredAt);
}

/** Whoever begins a training is on the staff, also when we were never told. */
export async function noteMember(tx: Transaction, staffMemberId: string, at: Date): Promise<void> {
  await tx.query(
    `INSERT INTO training_member (staff_member_id, organization_id, joined_at) VALUES ($1, $2, $3)
     ON CONFLICT ON CONSTRAINT one_row_per_member_of_staff DO NOTHING`,
    [staffMemberId, tx.organizationId, at],
  );
}
