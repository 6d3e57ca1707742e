import type { Payments } from '../context.ts';
import { closeOutdated, openIncident, subjectOf } from '../reconciliation/incidents.ts';
import { attestationState, type AttestationState } from './attestation.ts';

const KIND = { ENDING: 'ATTESTATION_ENDING', ENDED: 'ATTESTATION_ENDED' } as const;
const HOW_IT_STANDS: Readonly<Record<AttestationState, string>> = {
  VALID: 'valid',
  ENDING: 'runs out soon',
  ENDED: 'has run out',
};

/**
 * Looks every day whether the processor's attestation of PCI DSS still stands (PCI DSS 12.8.4, GOV-06): at the start of the
 * service alone, one that ran for a year would never notice. Every business on this processor hears of it, a month ahead and
 * again when it has run out; with a new date, what was opened ends by itself.
 */
export async function checkAttestation(payments: Payments): Promise<AttestationState> {
  const { attestationUntil, clock, database, log } = payments;
  const now = clock();
  const state = attestationState(attestationUntil, now);
  if (state === 'ENDING') log.warn({ attestationUntil }, "the processor's attestation of PCI DSS runs out");
  if (state === 'ENDED')
    log.error({ attestationUntil }, "the processor's attestation of PCI DSS has run out");
  await database.forEachOrganization('check-attestation', async (tx, organizationId) => {
    const subjectId = subjectOf('attestation', organizationId);
    const open = state === 'VALID' ? null : KIND[state];
    const kinds = Object.values(KIND).filter((kind) => kind !== open);
    await closeOutdated(tx, { subjectIds: [subjectId], kinds, now });
    if (open === null || attestationUntil === null) return;
    await openIncident(payments, tx, {
      kind: open,
      subjectId,
      paymentId: null,
      ours: HOW_IT_STANDS[state],
      theirs: attestationUntil,
      foundBy: 'check-attestation',
    });
  });
  return state;
}
