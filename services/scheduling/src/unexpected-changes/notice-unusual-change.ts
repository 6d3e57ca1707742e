import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Actor } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { Booking } from '../bookings/booking.ts';
import { bulkRule, rulesFor, WATCHED_ACTIONS, type Rule } from './unusual.ts';

interface NoticedChange {
  readonly booking: Booking;
  readonly actor: Actor;
  readonly action: string;
  readonly now: Date;
}

// One alert for each kind, actor and hour: a hundred cancellations are one thing to look at.
const WINDOW_MS = 3_600_000;

/**
 * Looks at a change in the transaction that makes it: when one actor does what no normal day needs, those responsible are
 * told and the audit trail says so. It never stands in the way: what is unusual may be right.
 */
export async function noticeUnusualChange(tx: Transaction, change: NoticedChange): Promise<void> {
  const { booking, actor, action, now } = change;
  if (actor.accountId === null || !(WATCHED_ACTIONS as readonly string[]).includes(action)) return;
  const local = now.getTime() / 60_000 + openZone(booking.timeZone).offsetAt(now.getTime() / 60_000);
  const localHour = Math.floor((((local % 1440) + 1440) % 1440) / 60);
  const byStaff = actor.kind === 'STAFF';
  for (const rule of rulesFor({ action, byStaff, booking, now, localHour })) {
    const count = rule.threshold === 1 ? 1 : await countOf(tx, { accountId: actor.accountId, rule, now });
    if (count >= rule.threshold) await raise(tx, { actor, accountId: actor.accountId, rule, count, now });
  }
}

/**
 * Looks at links that a person makes. What is done by a link is done by nobody we know: whoever makes one for every
 * appointment could call all of them off unseen, so making them counts as changing them does.
 */
export async function noticeManyLinks(
  tx: Transaction,
  { actor, now }: Pick<NoticedChange, 'actor' | 'now'>,
): Promise<void> {
  const { accountId } = actor;
  if (accountId === null) return;
  const rule = bulkRule(actor.kind === 'STAFF');
  const since = new Date(now.getTime() - rule.minutes * 60_000);
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       SELECT FROM manage_link WHERE organization_id = $1 AND made_by = $2 AND created_at > $3 LIMIT $4) AS recent`,
    [tx.organizationId, accountId, since, rule.threshold],
  );
  const count = row?.count ?? 0;
  if (count >= rule.threshold) await raise(tx, { actor, accountId, rule, count, now });
}

// Answered from booking_history_by_actor; bounded, because beyond the threshold the number says nothing more.
async function countOf(
  tx: Transaction,
  { accountId, rule, now }: { accountId: string; rule: Rule; now: Date },
): Promise<number> {
  const since = new Date(now.getTime() - rule.minutes * 60_000);
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       SELECT FROM booking_history WHERE organization_id = $1 AND actor_id = $2 AND at > $3 AND action = ANY ($4::text[])
       LIMIT $5) AS recent`,
    [tx.organizationId, accountId, since, rule.actions, rule.threshold],
  );
  return row?.count ?? 0;
}

async function raise(
  tx: Transaction,
  {
    accountId,
    actor,
    rule,
    count,
    now,
  }: Pick<NoticedChange, 'actor' | 'now'> & {
    accountId: string;
    rule: Rule;
    count: number;
  },
): Promise<void> {
  const windowStart = new Date(Math.floor(now.getTime() / WINDOW_MS) * WINDOW_MS);
  const alertId = randomUUID();
  // Never waited for: whoever has it raises the alert, and waiting here with a counter in hand could meet them in a circle.
  const key = `unusual ${rule.kind} ${accountId} ${windowStart.toISOString()}`;
  const [lock] = await tx.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken',
    [key],
  );
  if (lock?.taken !== true) return;
  const first = await tx.query(
    `INSERT INTO unusual_change (id, organization_id, kind, actor_id, window_start, noticed_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT one_alert_per_kind_actor_and_hour DO NOTHING RETURNING id`,
    [alertId, tx.organizationId, rule.kind, accountId, windowStart, now],
  );
  if (first.length === 0) return;
  const counts = { kind: rule.kind, count: String(count), minutes: String(rule.minutes) };
  await recordChange(tx, {
    actor,
    action: 'unusual_changes',
    subject: { type: 'ChangeAlert', id: alertId },
    at: now,
    details: counts,
  });
  await publish(tx, 'alert.raised', {
    alertId,
    reason: 'unusual_changes',
    parameters: { ...counts, actor: accountId },
  });
}
