/** What payments does, flow by flow, for the sweep of crashes: what comes before it, what runs, and how it is brought back. */
import { randomUUID } from 'node:crypto';
import type { EventName } from '@kept/events';
import { eventually } from '@kept/testing';
import { atProcessor } from '../ledger/invariants-for-tests.ts';
import { checkOp } from '../operations/check-op.ts';
import { newsOf, type UnderTest } from '../payments-for-tests.ts';
import { checkBooks } from '../reconciliation/check-books.ts';
import { reconcile } from '../reconciliation/reconcile.ts';
import { scenesOf } from '../reconciliation/scenes-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { sweep } from '../sweeping/sweep.ts';
import type { DyingPayments } from './dying-payments.ts';
import { FLOWS_OF_CLIENTS } from './flows-of-clients-for-tests.ts';
import { FLOWS_OF_PASSES } from './flows-of-passes-for-tests.ts';
import { FLOWS_OF_STAFF } from './flows-of-staff-for-tests.ts';
import {
  agreedAhead,
  authorized,
  captured,
  disputed,
  hear,
  within,
  worked,
  type Flow,
  type Scene,
} from './scenes-for-tests.ts';

const settleAfter =
  (news: (scene: Scene) => readonly [EventName, unknown]) =>
  async (dying: DyingPayments, scene: Scene): Promise<void> => {
    await hear(dying, scene, news(scene));
    await settlePayment(dying.payments, scene);
  };

const sweepOnce: Flow['run'] = (dying, { organizationId }) => sweep(within(dying.payments, organizationId));

const openOps = ({ database }: UnderTest['payments'], organizationId: string) =>
  database.transaction(organizationId, (tx) =>
    tx.query<{ id: string }>(`SELECT id FROM payment_op WHERE state IN ('REQUESTED', 'UNKNOWN')`),
  );

/** What the processor told of its own accord has arrived, and nobody has looked at it. */
const told = (test: UnderTest, type: string) =>
  eventually(async () => {
    const rows = await test.database.infrastructure('merge-due-events', (tx) =>
      tx.query(`SELECT FROM processor_event WHERE state = 'PENDING' AND type = $1`, [type]),
    );
    return rows.length > 0;
  });

/**
 * Since the last reconciliation, which is hours ago: one payment was taken at the processor's own dashboard, and another
 * intent was made there for it. Nobody was told of either.
 */
const pastUs = async (test: UnderTest, scene: Scene): Promise<void> => {
  await reconcile(within(test.payments, scene.organizationId), 'WINDOW');
  test.clock.advance(4 * 3_600_000);
  const expiresAt = new Date(test.clock().getTime() + 3_600_000).toISOString();
  scene.quote = { ...scene.quote, holdId: randomUUID(), expiresAt };
  await authorized(test, scene);
  const { customerOf, intentFor, unheard } = scenesOf(test);
  const [intent] = (await atProcessor(test, scene.organizationId, scene.openedAt)).intents;
  await intentFor(scene.organizationId, scene.paymentId, await customerOf(intent?.id ?? ''));
  await unheard(`/v1/payment_intents/${intent?.id}/capture`);
  test.clock.advance(5 * 60_000);
};
const reconciled = async (payments: UnderTest['payments'], { organizationId }: Scene): Promise<void> => {
  await checkBooks(within(payments, organizationId));
  await reconcile(within(payments, organizationId), 'WINDOW');
};

const FLOWS_OF_BOOKINGS: readonly Flow[] = [
  {
    name: 'the booking is confirmed, the deposit taken',
    doors: ['event booking.confirmed', 'job settle-payment'],
    before: authorized,
    run: settleAfter(({ quote }) => ['booking.confirmed', newsOf(quote).confirmed]),
  },
  {
    name: 'the slot is lost, the deposit released',
    doors: ['event booking.refused', 'job settle-payment'],
    before: authorized,
    run: settleAfter(({ quote }) => ['booking.refused', newsOf(quote).refused]),
  },
  {
    name: 'the booking is cancelled, half of the deposit given back',
    doors: ['event booking.cancelled', 'job settle-payment'],
    before: captured,
    run: settleAfter(({ quote }) => ['booking.cancelled', newsOf(quote).cancelled(50)]),
  },
  {
    name: 'the booking is moved',
    doors: ['event booking.rescheduled'],
    before: captured,
    run: settleAfter(({ quote }) => ['booking.rescheduled', { ...newsOf(quote).confirmed, version: 2 }]),
  },
  {
    name: 'the appointment is over, the deposit earned',
    doors: ['event booking.completed', 'job settle-payment'],
    before: captured,
    run: settleAfter(({ quote }) => ['booking.completed', newsOf(quote).completed]),
  },
];

const FLOWS_OF_JOBS: readonly Flow[] = [
  {
    name: 'the cardholder authenticates, and its webhook is merged',
    doors: ['job merge-processor-event'],
    card: 'pm_card_authenticationRequired',
    before: async (test, scene) => {
      await authorized(test, scene);
      await worked(test, scene);
      const [intent] = (await atProcessor(test, scene.organizationId, scene.openedAt)).intents;
      await test.atProcessor(`/simulator/payment_intents/${intent?.id}/authenticate`, 'outcome=success');
      await told(test, 'payment_intent.amount_capturable_updated');
    },
    run: sweepOnce,
  },
  {
    name: 'the bank takes a charge back, and its webhook is merged',
    doors: ['job merge-processor-event'],
    before: async (test, scene) => {
      await disputed(test, scene);
      await told(test, 'charge.dispute.created');
    },
    run: sweepOnce,
  },
  {
    name: 'the janitor, after an answer that was lost',
    doors: ['job sweep-payments'],
    before: async (test, scene) => {
      await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents' });
      await authorized(test, scene);
      await test.callOff();
    },
    run: async ({ payments }, { organizationId }) => {
      for (const { id } of await openOps(payments, organizationId))
        await checkOp(payments, { organizationId, opId: id });
    },
  },
  {
    name: 'what was agreed ahead is reserved while its client is away',
    doors: ['job settle-payment'],
    before: agreedAhead,
    run: ({ payments }, scene) => settlePayment(payments, scene),
  },
  {
    name: 'reconciliation follows what was done past us, and releases what nobody asked for',
    doors: ['job reconcile-payments'],
    before: pastUs,
    run: ({ payments }, scene) => reconciled(payments, scene),
    again: reconciled,
  },
];

export const FLOWS: readonly Flow[] = [
  ...FLOWS_OF_CLIENTS,
  ...FLOWS_OF_STAFF,
  ...FLOWS_OF_BOOKINGS,
  ...FLOWS_OF_JOBS,
  ...FLOWS_OF_PASSES,
];
