import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import { knowOrganization } from '../organizations/know-organization.ts';

/** What identity found about an account; the only word that a rule about payments asks for. May come before the client. */
const ASKED_FOR = 'DISPOSABLE_ADDRESS';

/** Remembers what identity found about an account, where a rule of ours looks at it. */
export async function onClientFlagged(
  tx: Transaction,
  { payload: { clientId, reason }, receivedAt }: ReceivedEvent<'client.flagged'>,
): Promise<void> {
  if (reason !== ASKED_FOR) return;
  await note(tx, { clientId, code: reason, country: null, at: receivedAt });
}

/** Remembers where somebody's telephone is; the newest word counts. */
export async function onPhoneNoted(
  tx: Transaction,
  { payload: { clientId, country }, receivedAt }: ReceivedEvent<'phone.noted'>,
): Promise<void> {
  await note(tx, { clientId, code: 'PHONE_COUNTRY', country, at: receivedAt });
}

async function note(
  tx: Transaction,
  { clientId, code, country, at }: { clientId: string; code: string; country: string | null; at: Date },
): Promise<void> {
  await knowOrganization(tx);
  await tx.query(
    `INSERT INTO client_signal (organization_id, client_id, code, country, noted_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT ON CONSTRAINT one_signal_per_client_and_code
       DO UPDATE SET country = excluded.country, noted_at = excluded.noted_at`,
    [tx.organizationId, clientId, code, country, at],
  );
}
