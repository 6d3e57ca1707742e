import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { invariant } from '@kept/subgraph-kit';
import type { Booking } from '../bookings/booking.ts';
import { gatherFacts } from './gather-facts.ts';
import { judgeBooking } from './judge-booking.ts';
import { readReviewPolicy } from './review-policy.ts';

/** Managers are told of the first of many; the others stand in the queue, so that an attack sends no thousand mails. */
const ALERT_EVERY_MINUTES = 15;
// What is let through when nobody looks must be so before its own time to be decided about ends and frees it.
const APPROVE_BEFORE_MS = 15 * 60_000;

/** Puts a booking that was found odd before the managers: the reasons, until when, and a word that somebody waits. */
export async function openReview(
  tx: Transaction,
  { booking, now }: { booking: Booking; now: Date },
): Promise<void> {
  const facts = await gatherFacts(tx, booking, now);
  invariant(
    facts !== null && booking.decideBy !== null,
    'what waits for review was judged, and knows until when',
  );
  const { rulesVersion, score, reasons } = judgeBooking(facts);
  const policy = await readReviewPolicy(tx);
  const latest = booking.decideBy.getTime() - (policy.whenOverdue === 'APPROVE' ? APPROVE_BEFORE_MS : 0);
  const wanted = now.getTime() + policy.decideWithinMinutes * 60_000;
  const decideBy = new Date(Math.max(now.getTime(), Math.min(wanted, latest)));
  const since = new Date(now.getTime() - ALERT_EVERY_MINUTES * 60_000);
  const [others] = await tx.query<{ recent: boolean; open: number }>(
    `SELECT count(*)::int AS open, COALESCE(bool_or(opened_at > $2), false) AS recent
     FROM booking_review WHERE organization_id = $1 AND state = 'OPEN'`,
    [tx.organizationId, since],
  );
  await tx.query(
    `INSERT INTO booking_review (booking_id, organization_id, rules_version, score, reasons, state, opened_at, decide_by)
     VALUES ($1, $2, $3, $4, $5, 'OPEN', $6, $7)
     ON CONFLICT (booking_id) DO UPDATE SET rules_version = excluded.rules_version, score = excluded.score,
       reasons = excluded.reasons, state = 'OPEN', opened_at = excluded.opened_at, decide_by = excluded.decide_by,
       closed_at = NULL, decision_id = NULL`,
    [booking.id, tx.organizationId, rulesVersion, score, reasons.map(({ code }) => code), now, decideBy],
  );
  if (others?.recent === true) return;
  const parameters = { count: String((others?.open ?? 0) + 1), decideBy: decideBy.toISOString() };
  await publish(tx, 'alert.raised', { alertId: randomUUID(), reason: 'review_waiting', parameters });
}
