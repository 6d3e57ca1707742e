import { defineJob } from '@kept/jobs';

// The jobs of this service. Each only brings a row forward that also brings itself back (sweep), so few attempts do.

/** Takes a payment as far as its booking asks. */
export const settleJob = defineJob<{ organizationId: string; paymentId: string }>({
  name: 'settle-payment',
  attempts: 3,
  timeoutMs: 120_000,
});

/** Works off an event of the payment processor. */
export const mergeJob = defineJob<{ eventId: string }>({
  name: 'merge-processor-event',
  attempts: 3,
  timeoutMs: 60_000,
});

/** Looks after everything that is due. */
export const sweepJob = defineJob<Record<string, never>>({
  name: 'sweep-payments',
  attempts: 1,
  timeoutMs: 300_000,
});

/** Removes what has run its time. */
export const purgeJob = defineJob<Record<string, never>>({
  name: 'purge-expired',
  attempts: 1,
  timeoutMs: 300_000,
});

/** Holds the books against the payment processor, hourly over a window and daily in full, and against themselves. */
export const reconcileJob = defineJob<Record<string, never>>({
  name: 'reconcile-payments',
  attempts: 1,
  timeoutMs: 3_000_000,
});

/** Tells clients what the books say and nobody told them. */
export const tellMissingJob = defineJob<Record<string, never>>({
  name: 'tell-missing',
  attempts: 1,
  timeoutMs: 300_000,
});

/** Looks daily whether the processor's attestation of PCI DSS still stands. */
export const attestationJob = defineJob<Record<string, never>>({
  name: 'check-attestation',
  attempts: 3,
  timeoutMs: 300_000,
});
