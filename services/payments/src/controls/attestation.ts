/** How long before its end the business is told: long enough to ask the processor and to wait for its answer. */
const WARNED_DAYS_BEFORE = 30;
const DAY_MS = 86_400_000;

export type AttestationState = 'VALID' | 'ENDING' | 'ENDED';

/** Whole days until the attestation has run out, today included: 1 on its last day, 0 on the first without it. */
export function attestationDaysLeft(validUntil: string, now: Date): number {
  // Days of the calendar in UTC, as at the start of the service (config.ts): both must mean the same day.
  return Math.round((Date.parse(validUntil) - Date.parse(now.toISOString().slice(0, 10))) / DAY_MS) + 1;
}

/** How the processor's attestation of PCI DSS stands today; VALID when nobody has said until when it is. */
export function attestationState(validUntil: string | null, now: Date): AttestationState {
  if (validUntil === null) return 'VALID';
  const days = attestationDaysLeft(validUntil, now);
  if (days <= 0) return 'ENDED';
  return days <= WARNED_DAYS_BEFORE ? 'ENDING' : 'VALID';
}

/** The first instant without it. */
export const attestationEnd = (validUntil: string): Date => new Date(Date.parse(validUntil) + DAY_MS);
