import type { Database } from '@kept/database';
import { openKeyring } from '@kept/field-encryption';
import type { Carrier } from '@kept/jobs';
import { invariant, type Clock, type Logger } from '@kept/subgraph-kit';
import type { PaymentsConfig } from './config.ts';
import type { Payments } from './context.ts';
import { mergeJob, settleJob } from './jobs.ts';
import { openStripeProcessor } from './processor/stripe-processor.ts';
import { BookAlarms } from './reconciliation/book-alarms.ts';

/** Puts together what use cases, handlers and jobs work with. */
export function openPayments(
  config: PaymentsConfig,
  { database, carrier, clock, log }: { database: Database; carrier: Carrier; clock: Clock; log: Logger },
): Payments {
  const quoteKey = config.KEPT_TRUSTED_KEYS['scheduling'];
  invariant(quoteKey, 'the configuration demands the key of scheduling');
  // The row is the truth: what does not get into the queue now is found by the sweep.
  const waits = (what: object) => (error: unknown) =>
    log.warn({ err: error, ...what }, 'waits for the sweep');
  return {
    database,
    clock,
    log,
    quoteKey,
    bookAlarms: new BookAlarms(),
    keyring: openKeyring({ service: 'payments', rootKey: config.KEPT_ROOT_KEY, clock, log }),
    processor: openStripeProcessor({
      apiKey: config.STRIPE_API_KEY,
      apiBase: config.STRIPE_API_BASE,
      authorities: config.STRIPE_AUTHORITIES,
    }),
    returnOrigins: config.KEPT_PAYMENT_RETURN_ORIGINS,
    attestationUntil: config.STRIPE_PCI_ATTESTATION_UNTIL ?? null,
    settleSoon: (payment) => void carrier.enqueue(settleJob, payment).catch(waits(payment)),
    mergeSoon: (eventId) => void carrier.enqueue(mergeJob, { eventId }).catch(waits({ eventId })),
  };
}
