import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange, type Actor } from '../audit/record-change.ts';
import { readPosition, writePosition } from '../ledger/ledger-cursor.ts';
import type { Payment } from '../payments/payment.ts';
import type { RefundReason } from '../schema-types.ts';

/** What one person asks to give back, and another one decides about. */
export interface RefundRequestRow {
  id: string;
  paymentId: string;
  amountMinor: bigint;
  reason: RefundReason;
  status: 'WAITING' | 'APPROVED' | 'DECLINED' | 'EXPIRED';
  requestedBy: string;
  requestedAt: Date;
  expiresAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
  refundId: string | null;
}

const COLUMNS = `id, payment_id AS "paymentId", amount_minor::text AS "amountMinor", reason,
  CASE WHEN status = 'WAITING' AND expires_at <= $1 THEN 'EXPIRED' ELSE status END AS status,
  requested_by AS "requestedBy", requested_at AS "requestedAt", expires_at AS "expiresAt",
  decided_by AS "decidedBy", decided_at AS "decidedAt", refund_id AS "refundId"`;

type Raw = Omit<RefundRequestRow, 'amountMinor'> & { amountMinor: string };
const rowOf = (raw: Raw): RefundRequestRow => ({ ...raw, amountMinor: BigInt(raw.amountMinor) });

/** Two weeks: whoever decides later looks at a payment that has moved on. */
const VALID_MS = 14 * 24 * 3_600_000;
const PAGE_MAX = 100;

/**
 * Writes down a request; null when one waits for this payment already. Nothing is set aside by it: what can be given back
 * is looked at again when somebody decides. The payment is locked by this transaction.
 */
export async function writeRequest(
  tx: Transaction,
  asked: { payment: Payment; amountMinor: bigint; reason: RefundReason; actor: Actor; now: Date },
): Promise<RefundRequestRow | null> {
  const { payment, amountMinor, reason, actor, now } = asked;
  await tx.query(
    `UPDATE refund_request SET status = 'EXPIRED' WHERE payment_id = $1 AND status = 'WAITING' AND expires_at <= $2`,
    [payment.id, now],
  );
  const id = randomUUID();
  const written = await tx.query(
    `INSERT INTO refund_request (id, organization_id, payment_id, amount_minor, reason, status, requested_by, requested_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, 'WAITING', $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id`,
    [
      id,
      payment.organizationId,
      payment.id,
      amountMinor.toString(),
      reason,
      actor.accountId,
      now,
      new Date(now.getTime() + VALID_MS),
    ],
  );
  if (written.length === 0) return null;
  await recordChange(tx, {
    actor,
    action: 'refund_asked_for',
    subject: { type: 'refund_request', id },
    dataSubjectId: payment.clientId,
    at: now,
    details: { paymentId: payment.id, amountMinor: String(amountMinor), currency: payment.currency, reason },
  });
  return readRequest(tx, id, now);
}

export async function readRequest(tx: Transaction, id: string, now: Date): Promise<RefundRequestRow | null> {
  const [row] = await tx.query<Raw>(`SELECT ${COLUMNS} FROM refund_request WHERE id = $2`, [now, id]);
  return row === undefined ? null : rowOf(row);
}

/** A page of requests, newest first. */
export async function readRequests(
  tx: Transaction,
  page: { first: number; after: string | null; withDecided: boolean; now: Date },
): Promise<{ requests: RefundRequestRow[]; endCursor: string | null }> {
  const { first, after, withDecided, now } = page;
  if (first < 1 || first > PAGE_MAX)
    throw refused.badInput(`Please ask for 1 to ${PAGE_MAX} requests.`, { field: 'first' });
  const position = after === null ? null : readPosition(after, 'after');
  const rows = await tx.query<Raw>(
    `SELECT ${COLUMNS} FROM refund_request
     WHERE ($2 OR (status = 'WAITING' AND expires_at > $1))
       AND ($3::timestamptz IS NULL OR (requested_at, id) < ($3::timestamptz, $4::uuid))
     ORDER BY requested_at DESC, id DESC LIMIT $5`,
    [now, withDecided, position?.createdAt ?? null, position?.id ?? null, first + 1],
  );
  const requests = rows.slice(0, first).map((row) => rowOf(row));
  const last = requests.at(-1);
  const more = rows.length > first && last !== undefined;
  return { requests, endCursor: more ? writePosition({ createdAt: last.requestedAt, id: last.id }) : null };
}
