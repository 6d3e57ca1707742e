import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { IncidentKind } from './classify.ts';

/** A key of another account can make every payment an incident at once: the list has them all, a mailbox need not. */
export const MAILS_PER_HOUR_MAX = 10;
const HOUR_MS = 3_600_000;

const ABOUT_ATTESTATION: readonly IncidentKind[] = ['ATTESTATION_ENDING', 'ATTESTATION_ENDED'];

/**
 * Has those who look after money written to, in the transaction that opens the incident, so that it is told once. Who they
 * are, identity alone knows. How many are open and nothing else: which payment it is stands behind the sign-in.
 */
export async function tellOfIncident(
  tx: Transaction,
  { id, kind, theirs, at }: { id: string; kind: IncidentKind; theirs: string; at: Date },
): Promise<void> {
  if (ABOUT_ATTESTATION.includes(kind)) {
    const parameters = { validUntil: theirs };
    await publish(tx, 'alert.raised', { alertId: id, reason: 'processor_attestation', parameters });
    return;
  }
  const [counted] = await tx.query<{ open: number; recent: number }>(
    `SELECT count(*) FILTER (WHERE resolved_at IS NULL)::int AS open,
       count(*) FILTER (WHERE opened_at > $2 AND kind <> ALL($3::text[]))::int AS recent
     FROM payment_incident WHERE organization_id = $1 AND (resolved_at IS NULL OR opened_at > $2)`,
    [tx.organizationId, new Date(at.getTime() - HOUR_MS), ABOUT_ATTESTATION],
  );
  if ((counted?.recent ?? 0) > MAILS_PER_HOUR_MAX) return;
  await publish(tx, 'alert.raised', {
    alertId: id,
    reason: 'payment_incident',
    parameters: { count: String(counted?.open ?? 1) },
  });
}
