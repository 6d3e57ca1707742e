import type { Transaction } from '@kept/database';
import { byItself, recordChange } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { applyIntentFacts, type Merge } from '../payments/apply-intent-facts.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import type { IntentFacts } from '../processor/payment-processor.ts';
import { bookedPayments } from './booked-payments.ts';
import { openIncident, subjectOf, type IncidentNews } from './incidents.ts';
import { judge } from './judge-intent.ts';

const ACTOR = byItself('reconcile-payments');
/** What is younger may belong to somebody who has not written down yet what came of it. */
const GRACE_MS = 10 * 60_000;

export type Settled = 'FITS' | 'REPAIRED' | 'INCIDENT' | 'LATER';
type Left = Settled | { callOff: string; news: IncidentNews };

/**
 * Looks again at what differed, for a page of a list is old by the time it is read, and brings the books forward to what
 * the processor says, by the same steps as an answer or a webhook. What cannot follow is an incident. A reservation that
 * no payment of ours knows is called off: nobody would ever take it, and somebody's money would be blocked.
 */
export async function settleDifference(
  payments: Payments,
  { organizationId, reference }: { organizationId: string; reference: string },
): Promise<Settled> {
  const read = await payments.processor.readIntent(reference);
  if (read.kind !== 'DONE') return 'LATER';
  const facts = read.value;
  if (payments.clock().getTime() - facts.createdAt.getTime() < GRACE_MS) return 'LATER';
  const left = await payments.database.transaction(organizationId, (tx) => follow(payments, tx, facts));
  if (typeof left === 'string') return left;
  return callOff(payments, organizationId, { facts, left });
}

async function follow(payments: Payments, tx: Transaction, facts: IntentFacts): Promise<Left> {
  const { origin } = facts;
  if (origin === null) return 'FITS';
  const payment = await lockPayment(tx, origin.paymentId);
  const row = (await bookedPayments(tx, [origin.paymentId])).get(origin.paymentId);
  const verdict = await judge(payments, tx, { facts, row });
  if (verdict.kind === 'FITS') return 'FITS';
  if (verdict.kind === 'BEHIND' && payment !== null) {
    const merge: Merge = { payments, tx, payment, actor: ACTOR };
    await applyIntentFacts(merge, facts);
    const now = (await bookedPayments(tx, [payment.id])).get(payment.id);
    const then = await judge(payments, tx, { facts, row: now });
    if (then.kind === 'FITS') {
      tx.afterCommit(() => payments.bookAlarms.noteRepair());
      return 'REPAIRED';
    }
    const ours = now === undefined ? 'none' : `${now.status} ${now.amountMinor} ${now.currency}`;
    const theirs = `${facts.status} ${facts.amountMinor} ${facts.currency}`;
    const news = { kind: 'STATE', subjectId: payment.id, paymentId: payment.id, ours, theirs } as const;
    return say(payments, tx, then.kind === 'BEHIND' ? news : { ...news, ...then });
  }
  if (verdict.kind === 'BEHIND') return 'FITS';
  const paymentId = payment?.id ?? null;
  const isStray = verdict.kind === 'ORPHAN_AUTHORIZATION' || verdict.kind === 'DUPLICATE_AUTHORIZATION';
  const subjectId = isStray || paymentId === null ? subjectOf(facts.reference) : paymentId;
  const news = { ...verdict, subjectId, paymentId };
  if (isStray && facts.status === 'REQUIRES_CAPTURE') return { callOff: facts.reference, news };
  return say(payments, tx, news);
}

/** One that is open already was counted when it was opened. */
const say = async (payments: Payments, tx: Transaction, news: IncidentNews): Promise<Settled> =>
  (await openIncident(payments, tx, news)) ? 'INCIDENT' : 'LATER';

/**
 * Two reservations for one payment are an alarm even when the second is gone. The one that goes is the one that the
 * payment does not know: it came later than the one that was written down, and nothing of ours would ever use it.
 */
async function callOff(
  payments: Payments,
  organizationId: string,
  { facts, left }: { facts: IntentFacts; left: { callOff: string; news: IncidentNews } },
): Promise<Settled> {
  const { news } = left;
  const key = `stray_${news.subjectId}`;
  const canceled = await payments.processor.cancel({ key, intentReference: left.callOff });
  const isGone = canceled.kind === 'DONE' && canceled.value.status === 'CANCELED';
  return payments.database.transaction(organizationId, async (tx) => {
    if (isGone) {
      await recordChange(tx, {
        actor: ACTOR,
        action: 'stray_authorization_voided',
        subject: { type: 'payment', id: facts.origin?.paymentId ?? news.subjectId },
        at: payments.clock(),
        details: { kind: news.kind, amountMinor: String(facts.amountMinor), currency: facts.currency },
      });
    }
    if (isGone && news.kind === 'ORPHAN_AUTHORIZATION') {
      tx.afterCommit(() => payments.bookAlarms.noteRepair());
      return 'REPAIRED';
    }
    return say(payments, tx, { ...news, theirs: isGone ? `${news.theirs} voided` : news.theirs });
  });
}
