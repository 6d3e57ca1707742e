import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';
import { knowOrganization } from '../organizations/on-organization-created.ts';

/** Staff who join as PROVIDER can be booked. Others may have been made bookable here before; joining takes nothing away. */
export async function onStaffJoined(
  tx: Transaction,
  { staffMemberId, roles }: EventPayload<'staff.joined'>,
): Promise<void> {
  await knowOrganization(tx);
  if (roles.includes('PROVIDER')) await addProvider(tx, { id: staffMemberId, timeZone: null });
}

/** Makes a staff member bookable: a resource of kind STAFF and a provider with the same id. Twice is once. */
export async function addProvider(
  tx: Transaction,
  { id, timeZone }: { id: string; timeZone: string | null },
): Promise<void> {
  await tx.query(
    `INSERT INTO resource (id, organization_id, kind) VALUES ($1, $2, 'STAFF') ON CONFLICT (id) DO NOTHING`,
    [id, tx.organizationId],
  );
  await tx.query(
    `INSERT INTO provider (id, organization_id, time_zone, active) VALUES ($1, $2, $3, true)
     ON CONFLICT (id) DO UPDATE SET active = provider.left_at IS NULL, time_zone = COALESCE(provider.time_zone, EXCLUDED.time_zone)`,
    [id, tx.organizationId, timeZone],
  );
}
