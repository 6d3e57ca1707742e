import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import { publishStandardDocuments } from '../consent/standard-documents.ts';
import { openOrganization } from './open-organization.ts';

/** A new business begins with documents that are safe to use as they are, and may replace them. */
export async function onOrganizationCreated(
  tx: Transaction,
  { organizationId, receivedAt }: ReceivedEvent<'organization.created'>,
): Promise<void> {
  await openOrganization(tx, organizationId);
  await publishStandardDocuments(tx, receivedAt);
}
