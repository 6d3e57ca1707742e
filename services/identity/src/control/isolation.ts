import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';

export const ISOLATED_SERVICES = ['identity', 'scheduling', 'payments', 'compliance'] as const;
export type IsolationKind = 'ORGANIZATION' | 'ACTOR' | 'SERVICE';

/** What can be cut off from the graph in seconds: all callers of an organization, one person, or one service's fields. */
export type IsolationTarget =
  | { readonly kind: 'ORGANIZATION' | 'ACTOR'; readonly id: string; readonly organizationId: string }
  | { readonly kind: 'SERVICE'; readonly id: string; readonly organizationId: null };

/** Who isolates or releases: an operator at the command line, or an account through the graph. */
export interface IsolationAuthor {
  readonly kind: 'OPERATOR' | 'ACCOUNT';
  readonly id: string;
  /** Whom the audit log names. */
  readonly caller: Pick<Caller, 'kind' | 'accountId' | 'requestId'>;
}

export interface Isolation {
  readonly id: string;
  readonly kind: IsolationKind;
  readonly target: string;
  readonly reason: string;
  readonly byKind: IsolationAuthor['kind'];
  readonly by: string;
  readonly isolatedAt: Date;
  readonly until: Date;
  readonly releasedAt: Date | null;
}

const COLUMNS = `id, kind, target, reason, isolated_by_kind AS "byKind", isolated_by AS by, isolated_at AS "isolatedAt",
  until, released_at AS "releasedAt"`;
const IN_FORCE = 'released_at IS NULL AND until > $1';
const MINUTES_MAX = 30 * 24 * 60;
const REASON_MIN = 10;
const REASON_MAX = 500;
const LISTED_MAX = 1_000;
const EMAIL = /[^\s@]+@[^\s@]+\.[^\s@]+/;

/** Isolates from now on for so many minutes, and records it in the organization's audit log. Gateways hear of it by the feed. */
export async function isolate(
  tx: Transaction,
  order: { target: IsolationTarget; reason: string; minutes: number; by: IsolationAuthor; now: Date },
): Promise<Isolation> {
  const { target, minutes, by, now } = order;
  const reason = checkReason(order.reason);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MINUTES_MAX) {
    throw refused.badInput(`An isolation lasts 1 to ${MINUTES_MAX} minutes (30 days).`, { field: 'minutes' });
  }
  const [isolation] = await tx.query<Isolation>(
    `INSERT INTO isolation (id, kind, target, organization_id, reason, isolated_by_kind, isolated_by, isolated_at, until)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
    [
      randomUUID(),
      target.kind,
      target.id,
      target.organizationId,
      reason,
      by.kind,
      by.id,
      now,
      new Date(now.getTime() + minutes * 60_000),
    ],
  );
  if (!isolation) throw new Error('An isolation was not written.');
  await record(tx, { action: 'access_isolated', target, by, now, details: { minutes: String(minutes) } });
  return isolation;
}

/** Ends every isolation of the target that is in force; of those by operators only for an operator. Answers how many ended. */
export async function release(
  tx: Transaction,
  { target, by, now }: { target: IsolationTarget; by: IsolationAuthor; now: Date },
): Promise<number> {
  const released = await tx.query(
    `UPDATE isolation SET released_at = $1, released_by = $2
     WHERE ${IN_FORCE} AND kind = $3 AND target = $4 AND organization_id IS NOT DISTINCT FROM $5::uuid
       AND ($6 = 'OPERATOR' OR isolated_by_kind = 'ACCOUNT') RETURNING id`,
    [now, by.id, target.kind, target.id, target.organizationId, by.kind],
  );
  if (released.length > 0) {
    await record(tx, { action: 'access_released', target, by, now, details: {} });
  }
  return released.length;
}

/** The isolations in force, all of them or those of one kind in one organization, newest first. */
export function listIsolations(
  tx: Transaction,
  { now, only }: { now: Date; only?: { kind: IsolationKind; organizationId: string } },
): Promise<Isolation[]> {
  return tx.query<Isolation>(
    `SELECT ${COLUMNS} FROM isolation WHERE ${IN_FORCE} AND ($2::text IS NULL OR (kind = $2 AND organization_id = $3::uuid))
     ORDER BY isolated_at DESC, id LIMIT ${LISTED_MAX}`,
    [now, only?.kind ?? null, only?.organizationId ?? null],
  );
}

/** All that gateways have to know: whom of all organizations, until when. Each once, and none left out. */
export function isolationsInForce(
  tx: Transaction,
  now: Date,
): Promise<Pick<Isolation, 'kind' | 'target' | 'until'>[]> {
  return tx.query(
    `SELECT kind, target, max(until) AS until FROM isolation WHERE ${IN_FORCE} GROUP BY kind, target ORDER BY kind, target`,
    [now],
  );
}

/** How many isolations of its people an organization itself has in force. */
export async function countOwnIsolations(
  tx: Transaction,
  { organizationId, now }: { organizationId: string; now: Date },
): Promise<number> {
  const [own] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM isolation
     WHERE ${IN_FORCE} AND organization_id = $2 AND isolated_by_kind = 'ACCOUNT'`,
    [now, organizationId],
  );
  return own?.count ?? 0;
}

function checkReason(text: string): string {
  const reason = text.trim();
  if (reason.length < REASON_MIN || reason.length > REASON_MAX) {
    throw refused.badInput(`Say why in ${REASON_MIN} to ${REASON_MAX} characters.`, { field: 'reason' });
  }
  if (EMAIL.test(reason)) {
    throw refused.badInput('Say why without addresses of people: this is kept and read by others.', {
      field: 'reason',
    });
  }
  return reason;
}

// A service belongs to no organization, so no organization's log tells of it; the row itself is its history.
async function record(
  tx: Transaction,
  entry: {
    action: 'access_isolated' | 'access_released';
    target: IsolationTarget;
    by: IsolationAuthor;
    now: Date;
    details: Record<string, string>;
  },
): Promise<void> {
  const { action, target, by, now, details } = entry;
  if (target.kind === 'SERVICE') return;
  await recordAudit(
    tx,
    { caller: by.caller, now },
    {
      action,
      outcome: 'success',
      subject: { type: target.kind === 'ACTOR' ? 'Account' : 'Organization', id: target.id },
      details: { ...details, by: by.kind === 'OPERATOR' ? `operator ${by.id}` : 'compliance' },
    },
  );
}
