import type { Transaction } from '@kept/database';
import { missingNotices } from '../notices/tell-missing.ts';

export interface BrokenInvariant {
  /** As the decision 0041 numbers them. */
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I12';
  /** How many rows break it. */
  count: number;
  /** The first of them. */
  example: string;
}

const DEAD = `('FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED')`;
/** Events between services are given this long to arrive before an appointment and its money must agree. */
const SETTLED = `interval '1 day'`;
const OF_PAYMENT = `SELECT t.payment_id, e.account, sum(e.amount_minor) AS balance
  FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id GROUP BY t.payment_id, e.account`;
const posted = (cause: string, kinds: string) =>
  `EXISTS (SELECT FROM ledger_transaction t WHERE t.cause_id = ${cause} AND t.kind IN (${kinds}))`;

// Each selects what must not be: no row, no trouble. $1 is now.
const CHECKS: Readonly<Record<Exclude<BrokenInvariant['invariant'], 'I10'>, string>> = {
  I1: `SELECT transaction_id::text AS id FROM ledger_entry GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0`,
  I2: `SELECT currency::text AS id FROM ledger_entry GROUP BY currency HAVING sum(amount_minor) <> 0`,
  // What a payment has reserved is what the ledger holds for it: reconciliation compares the first with the processor.
  I3: `SELECT p.id::text FROM payment p LEFT JOIN (${OF_PAYMENT}) b ON b.payment_id = p.id AND b.account = 'memo:processor_hold'
       WHERE coalesce(b.balance, 0) <> CASE WHEN p.status IN ('AUTHORIZED', 'CONFIRMED', 'CAPTURING', 'VOIDING')
         THEN p.authorized_minor ELSE 0 END`,
  // What the processor owes for a payment: taken, less what went back, is disputed or was kept as a fee.
  I4: `SELECT p.id::text FROM payment p LEFT JOIN (${OF_PAYMENT}) b ON b.payment_id = p.id AND b.account = 'asset:processor_receivable'
       LEFT JOIN (SELECT t.payment_id, sum(e.amount_minor) AS gone FROM ledger_transaction t
         JOIN ledger_entry e ON e.transaction_id = t.id AND e.account = 'asset:processor_receivable'
         WHERE t.kind IN ('FEE_CHARGED', 'DISPUTE_OPENED', 'DISPUTE_WON') GROUP BY t.payment_id) g ON g.payment_id = p.id
       WHERE coalesce(b.balance, 0) <> p.captured_minor - p.refunded_minor + coalesce(g.gone, 0)`,
  I5: `SELECT id::text FROM payment WHERE captured_minor > authorized_minor`,
  I6: `SELECT id::text FROM payment WHERE refunded_minor + refund_pending_minor > captured_minor
       UNION ALL SELECT p.id::text FROM payment p CROSS JOIN LATERAL (
         SELECT coalesce(sum(r.amount_minor) FILTER (WHERE r.status = 'SUCCEEDED'), 0) AS back,
           coalesce(sum(r.amount_minor) FILTER (WHERE r.status IN ('REQUESTED', 'PENDING')), 0) AS pending
         FROM refund r WHERE r.payment_id = p.id) AS given
         WHERE (p.refunded_minor, p.refund_pending_minor) IS DISTINCT FROM (given.back, given.pending)`,
  I7: `SELECT booking_id::text AS id FROM payment WHERE status NOT IN ${DEAD} AND booking_id IS NOT NULL
         AND NOT (purpose = 'BALANCE' AND status = 'CAPTURED')
       GROUP BY booking_id, purpose HAVING count(*) > 1`,
  // A slot that was lost or given up keeps no reservation of anybody's money.
  I8: `SELECT p.id::text FROM payment p JOIN booking_reference b ON b.booking_id = p.booking_id
       WHERE b.outcome IN ('REFUSED', 'CANCELLED') AND p.status IN ('AUTHORIZED', 'CONFIRMED')
         AND p.purpose IN ('DEPOSIT', 'HOLD') AND p.settle_due_at < $1::timestamptz - ${SETTLED}`,
  I9: `SELECT o.id::text FROM payment_op o JOIN payment p ON p.id = o.payment_id WHERE o.state = 'DONE' AND NOT CASE o.kind
         WHEN 'AUTHORIZE' THEN p.status IN ('REQUIRES_ACTION', 'FAILED', 'ABANDONED') OR ${posted('p.id', `'AUTHORIZED'`)}
         WHEN 'CAPTURE' THEN ${posted('p.id', `'CAPTURED'`)}
         WHEN 'VOID' THEN p.status IN ('FAILED', 'ABANDONED') OR ${posted('p.id', `'RELEASED'`)}
         WHEN 'REFUND' THEN ${posted('o.refund_id', `'REFUND_REQUESTED'`)} END`,
  I12: `SELECT p.id::text FROM payment p JOIN booking_reference b ON b.booking_id = p.booking_id
          JOIN (${OF_PAYMENT}) d ON d.payment_id = p.id AND d.account = 'liability:deferred_revenue'
        WHERE b.outcome IN ('REFUSED', 'CANCELLED', 'COMPLETED') AND p.status = 'CAPTURED' AND d.balance <> 0
          AND p.settle_due_at IS NULL
          AND NOT EXISTS (SELECT FROM payment_op o WHERE o.payment_id = p.id AND o.state IN ('REQUESTED', 'UNKNOWN'))`,
};

/**
 * What must always hold of one organization's books, whatever crashed. I11 (no card number) is a constraint of every text
 * column. A job asks this all day; tests ask the same.
 */
export async function checkInvariants(tx: Transaction, now: Date): Promise<BrokenInvariant[]> {
  const broken: BrokenInvariant[] = [];
  for (const [invariant, sql] of Object.entries(CHECKS)) {
    const [found] = await tx.query<{ count: number; example: string | null }>(
      `WITH broken (id) AS (${sql}) SELECT count(*)::int AS count, min(id) AS example FROM broken
       WHERE $1::timestamptz IS NOT NULL`,
      [now],
    );
    if (found === undefined || found.count === 0) continue;
    broken.push({
      invariant: invariant as BrokenInvariant['invariant'],
      count: found.count,
      example: found.example ?? '',
    });
  }
  const untold = await missingNotices(tx, now);
  if (untold.length > 0) {
    broken.push({ invariant: 'I10', count: untold.length, example: untold[0]?.causeId ?? '' });
  }
  return broken;
}
