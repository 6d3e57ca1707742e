import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';

/** Learns of an organization, or of its new name, zone or currency. */
export async function onOrganizationCreated(
  tx: Transaction,
  { name, timeZone, currency }: EventPayload<'organization.created'>,
): Promise<void> {
  await knowOrganization(tx);
  await tx.query(
    `INSERT INTO organization_profile (organization_id, name, time_zone, currency) VALUES ($1, $2, $3, $4)
     ON CONFLICT (organization_id) DO UPDATE SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone, currency = EXCLUDED.currency`,
    [tx.organizationId, name, timeZone, currency],
  );
}

/** Events may overtake each other: whichever comes first brings the organization's id. */
export async function knowOrganization(tx: Transaction): Promise<void> {
  await tx.query('INSERT INTO organization (id) VALUES ($1) ON CONFLICT (id) DO NOTHING', [
    tx.organizationId,
  ]);
}
