import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';
import { openZone } from '../availability/engine/zone.ts';
import { knowOrganization } from '../organizations/on-organization-created.ts';

/** Learns that somebody can be booked for; who they are stays with identity. */
export async function onClientRegistered(
  tx: Transaction,
  { clientId, timeZone }: EventPayload<'client.registered'>,
  now: Date,
): Promise<void> {
  await knowOrganization(tx);
  await tx.query(
    'INSERT INTO client (id, organization_id, registered_at, time_zone) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
    [clientId, tx.organizationId, now, isZone(timeZone) ? timeZone : null],
  );
}

/** A zone this Node does not know must keep nobody from being booked for. */
function isZone(name: string | undefined): name is string {
  if (name === undefined) return false;
  try {
    openZone(name);
    return true;
  } catch {
    return false;
  }
}
