import type { Transaction } from '@kept/database';

export interface EntryView {
  id: string;
  sequence: number;
  service: string;
  action: string;
  actorKind: string;
  actorId: string | null;
  subjectType: string;
  subjectId: string | null;
  dataSubjectId: string | null;
  occurredAt: string;
  outcome: string;
  requestId: string | null;
  details: { name: string; value: string }[];
}

interface Row {
  entry: string;
  actor_id: string | null;
  subject_id: string | null;
  data_subject_id: string | null;
}

interface Entry {
  id: string;
  sequence: number;
  service: string;
  action: string;
  actor: { kind: string };
  subject: { type: string };
  occurredAt: string;
  outcome: string;
  requestId: string | null;
  details: Record<string, string>;
}

/** Entries in order, from `from` on; with the people they are about as far as they are still noted. */
export async function readEntries(
  tx: Transaction,
  page: {
    from: number;
    limit: number;
    /** Only what this kind of actor did, or this account. */
    by?: { kind: string | null; id: string | null };
  },
): Promise<EntryView[]> {
  const ofKind = `e.entry::jsonb #>> '{actor,kind}'`;
  const rows = await tx.query<Row>(
    `SELECT e.entry, o.actor_id, o.subject_id, o.data_subject_id
     FROM audit_entry e LEFT JOIN audit_opening o ON o.entry_id = e.id
     WHERE e.organization_id = $1 AND e.sequence >= $2 AND ($4::text IS NULL OR ${ofKind} = $4)
       -- Word for word, so that the index of what vendors did is of use.
       ${page.by?.kind === 'VENDOR' ? `AND ${ofKind} = 'VENDOR'` : ''} AND ($5::text IS NULL OR o.actor_id = $5)
     ORDER BY e.sequence LIMIT $3`,
    [tx.organizationId, page.from, page.limit, page.by?.kind ?? null, page.by?.id ?? null],
  );
  return rows.map(view);
}

/** The newest entries of one action, newest first. */
export async function readNewestOf(
  tx: Transaction,
  which: { action: string; limit: number },
): Promise<EntryView[]> {
  const rows = await tx.query<Row>(
    `SELECT e.entry, o.actor_id, o.subject_id, o.data_subject_id
     FROM audit_entry e LEFT JOIN audit_opening o ON o.entry_id = e.id
     WHERE e.organization_id = $1 AND e.action = $2 ORDER BY e.sequence DESC LIMIT $3`,
    [tx.organizationId, which.action, which.limit],
  );
  return rows.map(view);
}

function view(row: Row): EntryView {
  // Written by the sequencer alone, in this form, in a table that refuses every change.
  const entry = JSON.parse(row.entry) as Entry;
  return {
    id: entry.id,
    sequence: entry.sequence,
    service: entry.service,
    action: entry.action,
    actorKind: entry.actor.kind,
    actorId: row.actor_id,
    subjectType: entry.subject.type,
    subjectId: row.subject_id,
    dataSubjectId: row.data_subject_id,
    occurredAt: entry.occurredAt,
    outcome: entry.outcome,
    requestId: entry.requestId,
    details: Object.entries(entry.details).map(([name, value]) => ({ name, value })),
  };
}
