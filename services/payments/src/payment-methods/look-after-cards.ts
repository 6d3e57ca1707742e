import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { byItself, recordChange } from '../audit/record-change.ts';

/** Long enough to have a new card sent, then short enough to remember. */
const NOTICE_DAYS = [7, 30] as const;
const DAY_MS = 24 * 3_600_000;
const PER_RUN = 200;
/** The first moment after the card's last month, everywhere on Earth: as `PaymentMethod.isExpired`. */
const ENDS_AT = `make_timestamptz(m.expiry_year, m.expiry_month, 1, 12, 0, 0, 'UTC') + interval '1 month'`;

interface Expiring {
  id: string;
  client_id: string;
  last4: string;
  expiry_year: number;
  expiry_month: number;
  ends_at: Date;
}

/** Whoever heard of the last seven days is not told of the last thirty afterwards. */
const laterThan = (days: number): number[] => NOTICE_DAYS.filter((other) => other <= days);

/** Tells clients thirty and seven days before a card ends, once each, and takes it out of use when it has. */
export async function lookAfterCards(tx: Transaction, now: Date): Promise<void> {
  for (const days of NOTICE_DAYS) {
    const expiring = await tx.query<Expiring>(
      `SELECT m.id, m.client_id, m.last4, m.expiry_year, m.expiry_month, ${ENDS_AT} AS ends_at FROM payment_method m
       WHERE m.status = 'ACTIVE' AND (m.expiry_year, m.expiry_month) <= ($4, $5) AND ${ENDS_AT} > $1 AND ${ENDS_AT} <= $2
         AND NOT EXISTS (SELECT FROM payment_method_notice n, unnest($6::int[]) AS told (days)
           WHERE n.payment_method_id = m.id
             AND n.event = format('expires-%s-%s-in-%s', m.expiry_year, m.expiry_month, told.days)) LIMIT $3`,
      [now, new Date(now.getTime() + days * DAY_MS), PER_RUN, ...monthAfter(now, days), laterThan(days)],
    );
    for (const card of expiring) await tell(tx, card, { days, now });
  }
  await tx.query(
    `UPDATE payment_method m SET status = 'EXPIRED'
     WHERE m.status = 'ACTIVE' AND (m.expiry_year, m.expiry_month) <= ($2, $3) AND ${ENDS_AT} <= $1`,
    [now, ...monthAfter(now, 0)],
  );
}

/** So that the index on year and month narrows it down. */
function monthAfter(now: Date, days: number): [number, number] {
  const then = new Date(now.getTime() + days * DAY_MS);
  return [then.getUTCFullYear(), then.getUTCMonth() + 1];
}

/** Claimed by a constraint in the same transaction: two sweeps send one message. */
async function tell(
  tx: Transaction,
  card: Expiring,
  { days, now }: { days: number; now: Date },
): Promise<void> {
  const { id: methodId, client_id: clientId, last4, ends_at: endsAt } = card;
  // With the month: a card that was renewed ends again, years later.
  const event = `expires-${card.expiry_year}-${card.expiry_month}-in-${days}`;
  const id = randomUUID();
  const claimed = await tx.query(
    `INSERT INTO payment_method_notice (id, organization_id, payment_method_id, event, created_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT one_notice_per_method_and_event DO NOTHING RETURNING id`,
    [id, tx.organizationId, methodId, event, now],
  );
  if (claimed.length === 0) return;
  await publish(tx, 'message.requested', {
    messageId: id,
    recipient: { kind: 'CLIENT', id: clientId },
    template: 'payment-card-expiring',
    purpose: 'booking.service',
    basis: 'contract',
    parameters: { last4 },
    notAfter: endsAt.toISOString(),
  });
  await recordChange(tx, {
    actor: byItself('look-after-cards'),
    action: 'payment_method_expiry_told',
    subject: { type: 'payment_method', id: methodId },
    dataSubjectId: clientId,
    at: now,
    details: { days: String(days) },
  });
}
