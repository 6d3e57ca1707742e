import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';
import { knowOrganization } from '../organizations/on-organization-created.ts';

/** Learns that somebody can be booked for; who they are stays with identity. */
export async function onClientRegistered(
  tx: Transaction,
  { clientId }: EventPayload<'client.registered'>,
  now: Date,
): Promise<void> {
  await knowOrganization(tx);
  await tx.query(
    'INSERT INTO client (id, organization_id, registered_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
    [clientId, tx.organizationId, now],
  );
}
