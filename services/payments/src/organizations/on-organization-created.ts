import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import { knowOrganization } from './know-organization.ts';

/** There is a new organization: its months begin where it is. */
export async function onOrganizationCreated(
  tx: Transaction,
  { payload: { timeZone } }: ReceivedEvent<'organization.created'>,
): Promise<void> {
  await knowOrganization(tx);
  await tx.query(
    `INSERT INTO organization_books (organization_id, time_zone) VALUES ($1, $2)
     ON CONFLICT (organization_id) DO UPDATE SET time_zone = excluded.time_zone`,
    [tx.organizationId, timeZone],
  );
}
