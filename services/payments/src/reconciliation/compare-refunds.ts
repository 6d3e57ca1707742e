import type { Transaction } from '@kept/database';
import { byItself } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import type { Merge } from '../payments/apply-intent-facts.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import type { RefundFacts } from '../processor/payment-processor.ts';
import { applyRefundFacts } from '../refunds/apply-refund-facts.ts';
import type { RefundStatus } from '../refunds/refund.ts';
import { closeOutdated, openIncident, subjectOf, type IncidentNews } from './incidents.ts';
import { byOrganization, markFound } from './known-organizations.ts';
import { nothing, type Tally } from './tally.ts';

const ACTOR = byItself('reconcile-payments');

interface BookedRefund {
  opId: string;
  refundId: string;
  paymentId: string;
  status: RefundStatus;
  amountMinor: string;
  currency: string;
}

type Verdict = { kind: 'FITS' } | { kind: 'BEHIND' } | IncidentNews;

/** Holds a page of the processor's refunds against the books. One that somebody made past Kept is an incident, never booked. */
export async function compareRefunds(payments: Payments, page: readonly RefundFacts[]): Promise<Tally> {
  const tally = nothing();
  for (const [organizationId, facts] of await byOrganization(payments, page)) {
    tally.lookedAt += facts.length;
    const outcomes = await payments.database.transaction(organizationId, (tx) =>
      followAll(payments, tx, facts),
    );
    tally.repaired += outcomes.repaired;
    tally.incidents += outcomes.incidents;
  }
  for (const facts of page.filter(({ origin }) => origin === null)) {
    if (await isOutside(payments, facts)) tally.incidents += 1;
  }
  return tally;
}

async function followAll(payments: Payments, tx: Transaction, page: readonly RefundFacts[]) {
  const booked = await bookedRefunds(
    tx,
    page.map(({ opId }) => opId ?? ''),
  );
  const fitting: string[] = [];
  let [repaired, incidents] = [0, 0];
  for (const facts of page) {
    const row = booked.get(facts.opId ?? '');
    const verdict = classifyRefund(facts, row);
    if (verdict.kind === 'FITS' && row !== undefined) fitting.push(row.refundId);
    if (verdict.kind === 'BEHIND' && row !== undefined) {
      if (await follow(payments, tx, { facts, row })) repaired += 1;
      else incidents += 1;
    }
    if ('subjectId' in verdict && (await openIncident(payments, tx, verdict))) incidents += 1;
  }
  const now = payments.clock();
  await markFound(tx, { opIds: [...booked.keys()], now });
  await closeOutdated(tx, { subjectIds: fitting, now });
  return { repaired, incidents };
}

async function bookedRefunds(tx: Transaction, opIds: readonly string[]): Promise<Map<string, BookedRefund>> {
  const rows = await tx.query<BookedRefund>(
    `SELECT o.id AS "opId", r.id AS "refundId", r.payment_id AS "paymentId", r.status,
       r.amount_minor::text AS "amountMinor", p.currency
     FROM payment_op o JOIN refund r ON r.id = o.refund_id JOIN payment p ON p.id = r.payment_id
     WHERE o.id = ANY($1::uuid[])`,
    [opIds],
  );
  return new Map(rows.map((row) => [row.opId, row]));
}

function classifyRefund(facts: RefundFacts, row: BookedRefund | undefined): Verdict {
  const theirs = `refund ${facts.status} ${facts.amountMinor} ${facts.currency}`;
  if (row === undefined) {
    const { opId, reference } = facts;
    return {
      kind: 'MISSING_LOCAL',
      subjectId: opId ?? subjectOf(reference),
      // The payment may be as unknown as its refund.
      paymentId: null,
      ours: 'none',
      theirs,
    };
  }
  const ours = `refund ${row.status} ${row.amountMinor} ${row.currency}`;
  const news = { subjectId: row.refundId, paymentId: row.paymentId, ours, theirs };
  if (row.currency !== facts.currency) return { kind: 'CURRENCY', ...news };
  if (row.amountMinor !== facts.amountMinor.toString()) return { kind: 'AMOUNT', ...news };
  return { kind: row.status === facts.status ? 'FITS' : 'BEHIND' };
}

/** The refund as the processor has it, applied; false: it cannot follow, and is an incident. */
async function follow(
  payments: Payments,
  tx: Transaction,
  { facts, row }: { facts: RefundFacts; row: BookedRefund },
): Promise<boolean> {
  const payment = await lockPayment(tx, row.paymentId);
  if (payment === null) return false;
  const merge: Merge = { payments, tx, payment, actor: ACTOR };
  await applyRefundFacts(merge, row.refundId, facts);
  const now = (await bookedRefunds(tx, [row.opId])).get(row.opId);
  if (now?.status === facts.status) {
    tx.afterCommit(() => payments.bookAlarms.noteRepair());
    return true;
  }
  // Behind is the list: a refund that failed after it had succeeded, and a page that was read before.
  if (now?.status === 'FAILED' && facts.status === 'SUCCEEDED' && row.status === 'REQUESTED') return true;
  const [ours, theirs] = [now?.status ?? 'none', facts.status];
  await openIncident(payments, tx, {
    kind: 'STATE',
    subjectId: row.refundId,
    paymentId: row.paymentId,
    ours: `refund ${ours}`,
    theirs: `refund ${theirs}`,
  });
  return false;
}

/** A refund without our metadata: made in the processor's dashboard. Whose payment it was, its intent says. */
async function isOutside(payments: Payments, facts: RefundFacts): Promise<boolean> {
  if (facts.intentReference === null) return false;
  const intent = await payments.processor.readIntent(facts.intentReference);
  if (intent.kind !== 'DONE' || intent.value.origin === null) return false;
  const { paymentId } = intent.value.origin;
  const groups = await byOrganization(payments, [intent.value]);
  for (const organizationId of groups.keys()) {
    return payments.database.transaction(organizationId, async (tx) => {
      const known = await tx.query('SELECT FROM payment WHERE id = $1', [paymentId]);
      return openIncident(payments, tx, {
        kind: 'REFUND_OUTSIDE',
        subjectId: subjectOf(facts.reference),
        paymentId: known.length > 0 ? paymentId : null,
        ours: 'none',
        theirs: `refund ${facts.status} ${facts.amountMinor} ${facts.currency}`,
      });
    });
  }
  return false;
}
