import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';

export interface AccessRecordView {
  readonly id: string;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly requestId: string;
  readonly operationName: string | null;
  readonly operationHash: string;
  readonly clientApp: string | null;
  readonly purposes: string[];
  readonly fields: string[];
  readonly rows: number;
  readonly dataSubjectIds: string[];
  readonly denied: string[];
  readonly purposeViolations: string[];
  readonly emergency: boolean;
  readonly occurrences: number;
}

/** Which records, and from where on. */
export interface AccessQuestion {
  readonly limit: number;
  readonly after: Cursor | null;
  readonly dataSubjectId: string | null;
  readonly actorId: string | null;
}
export interface Cursor {
  readonly occurredAt: Date;
  readonly id: string;
}

const SUBJECTS_SHOWN_MAX = 200;
// Each list is read from one index, backwards, a page at a time: by person, by actor, or by time.
const COLUMNS = `r.id, r.occurred_at AS "occurredAt", r.received_at AS "receivedAt", r.actor_kind AS "actorKind",
  r.actor_id AS "actorId", r.session_id AS "sessionId", r.request_id AS "requestId", r.operation_name AS "operationName",
  r.operation_hash AS "operationHash", r.client_app AS "clientApp", r.purposes, r.row_count AS rows, r.denied,
  r.violations AS "purposeViolations", r.emergency, r.occurrences`;

/** Records of an organization, newest first. Of one person: with the fields of that person alone. */
export function listAccessRecords(tx: Transaction, question: AccessQuestion): Promise<AccessRecordView[]> {
  return question.dataSubjectId === null ? listAll(tx, question) : listOfPerson(tx, question);
}

function listAll(tx: Transaction, { limit, after, actorId }: AccessQuestion): Promise<AccessRecordView[]> {
  return tx.query<AccessRecordView>(
    `SELECT ${COLUMNS}, r.coordinates AS fields,
       ARRAY(SELECT s.data_subject_id FROM access_subject s WHERE s.record_id = r.id
             ORDER BY s.data_subject_id LIMIT ${SUBJECTS_SHOWN_MAX}) AS "dataSubjectIds"
     FROM access_record r
     WHERE r.organization_id = $1 AND ($2::uuid IS NULL OR r.actor_id = $2)
       AND ($3::timestamptz IS NULL OR (r.occurred_at, r.id) < ($3, $4::uuid))
     ORDER BY r.occurred_at DESC, r.id DESC LIMIT $5`,
    [tx.organizationId, actorId, after?.occurredAt ?? null, after?.id ?? null, limit],
  );
}

function listOfPerson(
  tx: Transaction,
  { limit, after, actorId, dataSubjectId }: AccessQuestion,
): Promise<AccessRecordView[]> {
  return tx.query<AccessRecordView>(
    `SELECT ${COLUMNS}, ARRAY(SELECT r.coordinates[field] FROM unnest(s.fields) AS field) AS fields,
       ARRAY[s.data_subject_id] AS "dataSubjectIds"
     FROM access_subject s JOIN access_record r ON r.id = s.record_id
     WHERE s.organization_id = $1 AND s.data_subject_id = $6 AND ($2::uuid IS NULL OR s.actor_id = $2)
       AND ($3::timestamptz IS NULL OR (s.occurred_at, s.record_id) < ($3, $4::uuid))
     ORDER BY s.occurred_at DESC, s.record_id DESC LIMIT $5`,
    [tx.organizationId, actorId, after?.occurredAt ?? null, after?.id ?? null, limit, dataSubjectId],
  );
}

/** Where a page ends: null when it was the last one. */
export function cursorAfter(records: readonly AccessRecordView[], limit: number): string | null {
  const last = records.at(-1);
  if (last === undefined || records.length < limit) return null;
  return Buffer.from(`${last.occurredAt.toISOString()} ${last.id}`).toString('base64url');
}

const CURSOR =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Reads a cursor of these lists. */
export function readCursor(text: string): Cursor {
  const [, instant, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  const occurredAt = new Date(instant ?? '');
  if (id === undefined || Number.isNaN(occurredAt.getTime()))
    throw refused.badInput('This is not a cursor of this list.', { field: 'after' });
  return { occurredAt, id };
}
