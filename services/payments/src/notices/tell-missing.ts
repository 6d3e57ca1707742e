import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import { NOTICE_SQL, type NoticeTemplate } from './notice-of.ts';
import { notifyClient, type Notified } from './notify-client.ts';

const PER_ORGANIZATION_MAX = 200;
/** Older money events than this are history: a letter about them would only frighten. */
const LOOK_BACK = '30 days';

interface Missing extends Notified {
  causeId: string;
  template: NoticeTemplate;
  amountMinor: string;
}

/**
 * Tells clients what the books say and nobody told them (I10): every flow tells in the transaction that writes the books,
 * and this finds what one forgot. The constraint keeps it from telling twice.
 */
export async function tellMissing(payments: Pick<Payments, 'database' | 'clock' | 'log'>): Promise<number> {
  let told = 0;
  await payments.database.forEachOrganization('tell-missing', async (tx) => {
    for (const { causeId, template, amountMinor, ...payment } of await missingNotices(tx, payments.clock())) {
      const notice = { payment, template, causeId, amountMinor: BigInt(amountMinor), at: payments.clock() };
      if (!(await notifyClient(tx, notice))) continue;
      told += 1;
      payments.log.warn({ paymentId: payment.id, template }, 'a money event had not been told; it is now');
    }
  });
  return told;
}

/** Money events of the last days without their letter, oldest first. */
export function missingNotices(tx: Transaction, now: Date): Promise<Missing[]> {
  return tx.query<Missing>(
    `SELECT p.id, p.organization_id AS "organizationId", p.client_id AS "clientId", p.booking_id AS "bookingId",
       p.exponent, p.currency, t.cause_id AS "causeId", ${NOTICE_SQL} AS template,
       (SELECT sum(e.amount_minor)::text FROM ledger_entry e WHERE e.transaction_id = t.id AND e.amount_minor > 0
          AND (t.kind = 'RELEASED' OR e.account NOT LIKE 'memo:%')) AS "amountMinor"
     FROM ledger_transaction t JOIN payment p ON p.id = t.payment_id
     WHERE t.created_at > $1::timestamptz - interval '${LOOK_BACK}' AND ${NOTICE_SQL} IS NOT NULL
       AND NOT EXISTS (SELECT FROM money_notice n
         WHERE n.cause_id = t.cause_id AND n.event = ${NOTICE_SQL} AND n.channel = 'EMAIL')
     ORDER BY t.created_at, t.id LIMIT ${PER_ORGANIZATION_MAX}`,
    [now],
  );
}
