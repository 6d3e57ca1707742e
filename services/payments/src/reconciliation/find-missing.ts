import type { Payments } from '../context.ts';
import { lookUpOp } from '../operations/look-up-op.ts';
import { closeOutdated, openIncident } from './incidents.ts';
import { markFound } from './known-organizations.ts';
import { nothing, type Tally } from './tally.ts';

const PAGE = 200;

interface Unseen {
  id: string;
  paymentId: string;
  refundId: string | null;
  kind: string;
  amountMinor: string;
  currency: string;
  sentAt: Date;
}

export interface Stretch {
  from: Date;
  to: Date;
  /** What was found since then need not be looked for. */
  startedAt: Date;
}

/**
 * Operations that the books call done and that no list of this run showed. Each is looked up by itself: one that was sent
 * at the edge of a stretch stands in the next, and the lists of a processor are not always complete.
 */
export async function findMissing(payments: Payments, stretch: Stretch): Promise<Tally> {
  const tally = nothing();
  const unseen = new Map<string, Unseen[]>();
  await payments.database.forEachOrganization('reconcile-payments', async (tx, organizationId) => {
    const rows = await tx.query<Unseen>(
      `SELECT o.id, o.payment_id AS "paymentId", o.refund_id AS "refundId", o.kind,
         o.amount_minor::text AS "amountMinor", p.currency, o.first_sent_at AS "sentAt"
       FROM payment_op o JOIN payment p ON p.id = o.payment_id LEFT JOIN reconciled_op r ON r.op_id = o.id
       WHERE o.organization_id = $5 AND o.state = 'DONE' AND o.kind IN ('AUTHORIZE', 'REFUND')
         AND o.first_sent_at >= $1 AND o.first_sent_at < $2 AND (r.reconciled_at IS NULL OR r.reconciled_at < $3)
         AND p.processor_reference IS NOT NULL
       ORDER BY o.first_sent_at, o.id LIMIT $4`,
      [stretch.from, stretch.to, stretch.startedAt, PAGE, organizationId],
    );
    if (rows.length > 0) unseen.set(organizationId, rows);
  });
  for (const [organizationId, ops] of unseen) {
    for (const op of ops) {
      const isMissing = await lookForOne(payments, { organizationId, op });
      tally.lookedAt += 1;
      if (isMissing) tally.incidents += 1;
    }
  }
  return tally;
}

async function lookForOne(
  payments: Payments,
  { organizationId, op }: { organizationId: string; op: Unseen },
): Promise<boolean> {
  const outcome = await lookUpOp(payments, { organizationId, opId: op.id });
  if (outcome.kind === 'UNKNOWN') return false;
  const subjectId = op.refundId ?? op.paymentId;
  return payments.database.transaction(organizationId, async (tx) => {
    const now = payments.clock();
    if (outcome.kind === 'DONE') {
      await markFound(tx, { opIds: [op.id], now });
      await closeOutdated(tx, { subjectIds: [subjectId], now });
      return false;
    }
    const ours = `${op.kind} ${op.amountMinor} ${op.currency}`;
    const { paymentId } = op;
    return openIncident(payments, tx, {
      kind: 'MISSING_PROCESSOR',
      subjectId,
      paymentId,
      ours,
      theirs: 'none',
    });
  });
}
