import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';
import { knowOrganization } from '../organizations/on-organization-created.ts';

/** Remembers what identity found about an account, for the rules that look at its bookings. May come before the client. */
export async function onClientFlagged(
  tx: Transaction,
  { clientId, reason }: EventPayload<'client.flagged'>,
  now: Date,
): Promise<void> {
  await knowOrganization(tx);
  await tx.query(
    `INSERT INTO client_signal (organization_id, client_id, code, noted_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT ON CONSTRAINT one_signal_per_client_and_code DO NOTHING`,
    [tx.organizationId, clientId, reason, now],
  );
}
