import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';

/** Remembers that there is such a client. */
export async function onClientRegistered(
  tx: Transaction,
  { payload, occurredAt }: ReceivedEvent<'client.registered'>,
): Promise<void> {
  await tx.query(
    'INSERT INTO known_client (id, organization_id, registered_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
    [payload.clientId, tx.organizationId, occurredAt],
  );
}
