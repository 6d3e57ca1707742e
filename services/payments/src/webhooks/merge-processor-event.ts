import type { Transaction } from '@kept/database';
import { byItself } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { applyDisputeFacts } from '../disputes/apply-dispute-facts.ts';
import { applyIntentFacts, ContradictoryFacts } from '../payments/apply-intent-facts.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import type {
  DisputeFacts,
  EventFacts,
  IntentFacts,
  Outcome,
  RefundFacts,
} from '../processor/payment-processor.ts';
import { applyRefundFacts } from '../refunds/apply-refund-facts.ts';
import { mergeVisit } from './merge-visit.ts';

const ACTOR = byItself('merge-processor-event');

type Verdict = 'DONE' | 'IGNORED' | 'DEFERRED' | 'GIVEN_UP';

interface Picture {
  intent: IntentFacts;
  refunds: RefundFacts[];
  /** The one that the event is about, if it is about one. */
  dispute: DisputeFacts | null;
}

/**
 * Works off one event: asks the processor how things stand now, and brings the payment forward to that. The order in
 * which events arrive means nothing. What is not known here yet is deferred and tried again, never dropped: an event may
 * overtake our own commit.
 */
export async function mergeProcessorEvent(payments: Payments, eventId: string): Promise<void> {
  const waiting = await payments.database.infrastructure('merge-processor-event', (tx) =>
    tx.query(`SELECT FROM processor_event WHERE event_id = $1 AND state IN ('PENDING', 'DEFERRED')`, [
      eventId,
    ]),
  );
  if (waiting.length === 0) return;
  const picture = await readPicture(payments, eventId);
  if (typeof picture === 'string') return conclude(payments, eventId, picture);
  const { origin } = picture.intent;
  // Made in the processor's dashboard, or by another system with the same account.
  if (origin === null) return conclude(payments, eventId, 'IGNORED');
  let verdict: Verdict;
  try {
    verdict = await payments.database.transaction(origin.organizationId, (tx) =>
      merge(payments, tx, { picture, paymentId: origin.paymentId }),
    );
  } catch (error) {
    if (!(error instanceof ContradictoryFacts)) throw error;
    payments.log.error({ eventId, reason: error.message }, 'the processor contradicts what was agreed');
    verdict = 'GIVEN_UP';
  }
  await conclude(payments, eventId, verdict);
}

async function readPicture(
  payments: Payments,
  eventId: string,
): Promise<Picture | 'DONE' | 'IGNORED' | 'DEFERRED'> {
  const { processor } = payments;
  const event = await processor.readEvent(eventId);
  if (event.kind === 'UNKNOWN') return 'DEFERRED';
  // The processor has no such event: whoever signed it, there is nothing to do.
  if (event.kind === 'REJECTED') return 'IGNORED';
  const visit = await mergeVisit(payments, event.value);
  if (visit !== null) return visit;
  if (event.value.intentReference === null) return 'IGNORED';
  const { intentReference } = event.value;
  const intent = await processor.readIntent(intentReference);
  if (intent.kind !== 'DONE') return intent.kind === 'UNKNOWN' ? 'DEFERRED' : 'IGNORED';
  if (intent.value.status !== 'SUCCEEDED') return { intent: intent.value, refunds: [], dispute: null };
  const refunds = await processor.refundsOfIntent(intentReference);
  const dispute = await readDispute(payments, event.value);
  if (refunds.kind !== 'DONE' || dispute.kind === 'UNKNOWN') return 'DEFERRED';
  return {
    intent: intent.value,
    refunds: refunds.value,
    dispute: dispute.kind === 'DONE' ? dispute.value : null,
  };
}

function readDispute(
  { processor }: Payments,
  { subject, reference }: EventFacts,
): Promise<Outcome<DisputeFacts | null>> {
  return subject === 'DISPUTE' && reference !== null
    ? processor.readDispute(reference)
    : Promise.resolve({ kind: 'DONE', value: null });
}

async function merge(
  payments: Payments,
  tx: Transaction,
  { picture, paymentId }: { picture: Picture; paymentId: string },
): Promise<Verdict> {
  const payment = await lockPayment(tx, paymentId);
  if (payment === null) return 'DEFERRED';
  const merging = { payments, tx, payment, actor: ACTOR };
  await applyIntentFacts(merging, picture.intent);
  for (const facts of picture.refunds) {
    const [op] = await tx.query<{ refund_id: string }>(
      'SELECT refund_id FROM payment_op WHERE id = $1 AND payment_id = $2 AND refund_id IS NOT NULL',
      [facts.opId, payment.id],
    );
    if (op !== undefined) await applyRefundFacts(merging, op.refund_id, facts);
    else payments.log.error({ paymentId }, 'money was refunded outside Kept; the ledger does not know of it');
  }
  if (picture.dispute !== null) await applyDisputeFacts(merging, picture.dispute);
  return 'DONE';
}

/** Again after 1, 2, 4… seconds, at most a day; an event that the processor itself has forgotten (30 days) is given up. */
async function conclude(payments: Payments, eventId: string, verdict: Verdict): Promise<void> {
  const rows = await payments.database.infrastructure('merge-processor-event', (tx) =>
    tx.query<{ state: Verdict; attempts: number }>(
      `UPDATE processor_event SET attempts = attempts + 1,
         state = CASE WHEN $2 = 'DEFERRED' AND received_at < $3::timestamptz - interval '30 days' THEN 'GIVEN_UP' ELSE $2 END,
         next_try_at = $3::timestamptz + least(interval '1 day', interval '1 second' * (2 ^ least(attempts, 20)))
       WHERE event_id = $1 AND state IN ('PENDING', 'DEFERRED') RETURNING state, attempts`,
      [eventId, verdict, payments.clock()],
    ),
  );
  if (rows[0]?.state === 'GIVEN_UP')
    payments.log.error({ eventId }, 'an event of the processor was given up');
}
