import { notNeeded, startInbox, startRelay, type EventHandlers } from '@kept/events';
import { handler, type Carrier } from '@kept/jobs';
import type { Lifetime } from '@kept/subgraph-kit';
import { onBookingCancelled } from './bookings/on-booking-cancelled.ts';
import { onBookingCompleted } from './bookings/on-booking-completed.ts';
import { onBookingConfirmed } from './bookings/on-booking-confirmed.ts';
import { onBookingRefused } from './bookings/on-booking-refused.ts';
import { onBookingRescheduled } from './bookings/on-booking-rescheduled.ts';
import { onMessageSent } from './disputes/on-message-sent.ts';
import type { PaymentsConfig } from './config.ts';
import { checkAttestation } from './controls/check-attestation.ts';
import type { Payments } from './context.ts';
import { onClientFlagged, onPhoneNoted } from './fraud/note-signal.ts';
import {
  attestationJob,
  mergeJob,
  purgeJob,
  reconcileJob,
  settleJob,
  sweepJob,
  tellMissingJob,
} from './jobs.ts';
import { onPassGranted, onPassKept, onPassRefused, onPassRevoked } from './passes/on-pass-answers.ts';
import { onStaffOffboarded } from './organizations/on-staff-offboarded.ts';
import { onOrganizationCreated } from './organizations/on-organization-created.ts';
import { tellMissing } from './notices/tell-missing.ts';
import { reconcileHourly } from './reconciliation/reconcile-hourly.ts';
import { purgePayments } from './retention/purge-payments.ts';
import { settlePayment } from './settlement/settle-payment.ts';
import { sweep } from './sweeping/sweep.ts';
import { mergeProcessorEvent } from './webhooks/merge-processor-event.ts';

/** What payments does about what others tell. */
export const eventHandlers = (payments: Payments): EventHandlers => ({
  'organization.created': onOrganizationCreated,
  'client.registered': notNeeded,
  'client.flagged': onClientFlagged,
  'phone.noted': onPhoneNoted,
  'booking.confirmed': onBookingConfirmed(payments),
  'booking.refused': onBookingRefused(payments),
  'booking.rescheduled': onBookingRescheduled(payments),
  'booking.cancelled': onBookingCancelled(payments),
  'booking.completed': onBookingCompleted(payments),
  'pass.granted': onPassGranted(payments),
  'pass.refused': onPassRefused(payments),
  'pass.revoked': onPassRevoked(payments),
  'pass.kept': onPassKept(payments),
  'message.sent': onMessageSent,
  'staff.offboarded': onStaffOffboarded,
});

type WorkerSettings = Pick<
  PaymentsConfig,
  'KEPT_SWEEP_SECONDS' | 'KEPT_RECONCILE_SECONDS' | 'KEPT_SIGNING_KEY' | 'KEPT_TRUSTED_KEYS'
>;

/** Starts what payments does besides answering: hearing and telling, settling, looking after the unknown, forgetting. */
export async function startWorkers(
  payments: Payments,
  { carrier, config, lifetime }: { carrier: Carrier; config: WorkerSettings; lifetime: Lifetime },
): Promise<void> {
  const { database, clock, log } = payments;
  const sweepMs = config.KEPT_SWEEP_SECONDS * 1_000;
  const events = {
    database,
    carrier,
    service: 'payments',
    signingKey: config.KEPT_SIGNING_KEY,
    trustedKeys: config.KEPT_TRUSTED_KEYS,
    clock,
    log,
  } as const;
  const relay = startRelay({ ...events, pollMs: Math.min(sweepMs, 5_000) });
  lifetime.onStop('relay', () => relay.stop());
  const inbox = startInbox({ ...events, handlers: eventHandlers(payments) });
  lifetime.onStop('inbox', () => inbox.stop());
  carrier.work(
    [
      handler(settleJob, (payment) => settlePayment(payments, payment)),
      handler(mergeJob, ({ eventId }) => mergeProcessorEvent(payments, eventId)),
      handler(sweepJob, () => sweep(payments)),
      handler(reconcileJob, (_data, { signal }) => reconcileHourly(payments, signal)),
      handler(tellMissingJob, async () => void (await tellMissing(payments))),
      handler(attestationJob, async () => void (await checkAttestation(payments))),
      handler(purgeJob, async (_data, { signal }) => void (await purgePayments(payments, signal))),
    ],
    { concurrency: 4 },
  );
  await carrier.every(sweepJob, { everyMs: sweepMs });
  await carrier.every(purgeJob, { everyMs: sweepMs });
  await carrier.every(reconcileJob, { everyMs: config.KEPT_RECONCILE_SECONDS * 1_000 });
  await carrier.every(tellMissingJob, { everyMs: 5 * 60_000 });
  await carrier.every(attestationJob, { everyMs: 24 * 3_600_000 });
}
