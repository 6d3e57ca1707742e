import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { readPosition, writePosition } from '../ledger/ledger-cursor.ts';
import type { PaymentIncidentKind, PaymentIncidentResolution } from '../schema-types.ts';

export interface IncidentRow {
  id: string;
  kind: PaymentIncidentKind;
  paymentId: string | null;
  ours: string;
  theirs: string;
  openedAt: Date;
  lastSeenAt: Date;
  resolvedAt: Date | null;
  resolution: PaymentIncidentResolution | null;
  resolvedBy: string | null;
}

export const INCIDENT_COLUMNS = `id, kind, payment_id AS "paymentId", ours, theirs, opened_at AS "openedAt",
  last_seen_at AS "lastSeenAt", resolved_at AS "resolvedAt", resolution, resolved_by AS "resolvedBy"`;
const PAGE_MAX = 100;

/** A page of incidents, newest first. */
export async function readIncidents(
  tx: Transaction,
  { first, after, withResolved }: { first: number; after: string | null; withResolved: boolean },
): Promise<{ incidents: IncidentRow[]; endCursor: string | null }> {
  if (first < 1 || first > PAGE_MAX) {
    throw refused.badInput(`Please ask for 1 to ${PAGE_MAX} incidents.`, { field: 'first' });
  }
  const position = after === null ? null : readPosition(after, 'after');
  const rows = await tx.query<IncidentRow>(
    `SELECT ${INCIDENT_COLUMNS} FROM payment_incident
     WHERE ($1::timestamptz IS NULL OR (opened_at, id) < ($1::timestamptz, $2::uuid)) AND ($4 OR resolved_at IS NULL)
       AND organization_id = $5
     ORDER BY opened_at DESC, id DESC LIMIT $3`,
    [position?.createdAt ?? null, position?.id ?? null, first + 1, withResolved, tx.organizationId],
  );
  const incidents = rows.slice(0, first);
  const last = incidents.at(-1);
  const more = rows.length > first && last !== undefined;
  return { incidents, endCursor: more ? writePosition({ createdAt: last.openedAt, id: last.id }) : null };
}
