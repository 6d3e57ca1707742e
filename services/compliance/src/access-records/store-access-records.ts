import type { Transaction } from '@kept/database';
import { openOrganization } from '../organizations/open-organization.ts';
import type { AccessRecord } from './batch.ts';
import { detectLargeDownloads, lockActors } from './detect-large-download.ts';
import { recordAuditWorthy } from './record-audit-worthy.ts';
import type { DownloadPolicy } from './settings.ts';

/** An access record with the names of its fields in place of their numbers. */
export interface NamedRecord extends Omit<AccessRecord, 'answered' | 'denied' | 'violations'> {
  readonly coordinates: readonly string[];
  readonly denied: readonly string[];
  readonly violations: readonly string[];
}

/**
 * Writes down the records of one organization, each once however often its batch arrives; what is audit-worthy goes into
 * the log, and whoever has read too much is noticed, in the same transaction.
 */
export async function storeAccessRecords(
  tx: Transaction,
  { records, policy, now }: { records: readonly NamedRecord[]; policy: DownloadPolicy; now: Date },
): Promise<{ stored: number; alerts: number }> {
  const known = await isKnown(tx, records);
  if (!known) return { stored: 0, alerts: 0 };
  await lockActors(tx, records);
  const fresh = new Set(await insertRecords(tx, records, now));
  const stored = records.filter(({ id }) => fresh.has(id));
  if (stored.length === 0) return { stored: 0, alerts: 0 };
  await insertSubjects(tx, stored);
  await recordAuditWorthy(tx, stored, now);
  return { stored: stored.length, alerts: await detectLargeDownloads(tx, { records: stored, policy, now }) };
}

// Whoever has not signed in names any organization they like: that opens none. A token names one that exists, and the
// event that tells us of it may be a moment behind.
async function isKnown(tx: Transaction, records: readonly NamedRecord[]): Promise<boolean> {
  const rows = await tx.query('SELECT 1 FROM organization WHERE id = $1', [tx.organizationId]);
  if (rows.length > 0) return true;
  if (tx.organizationId === null || records.every(({ actor }) => actor.kind === 'ANONYMOUS')) return false;
  await openOrganization(tx, tx.organizationId);
  return true;
}

async function insertRecords(tx: Transaction, records: readonly NamedRecord[], now: Date): Promise<string[]> {
  const rows = records.map(({ operation, actor, ...record }) => ({
    id: record.id,
    occurred_at: record.occurredAt,
    actor_kind: actor.kind,
    actor_id: actor.id,
    session_id: record.sessionId,
    request_id: record.requestId,
    operation_name: operation.name,
    operation_hash: operation.hash,
    operation_kind: operation.kind,
    client_app: record.client,
    purposes: record.purposes,
    coordinates: record.coordinates,
    row_count: record.rows,
    denied: record.denied,
    violations: record.violations,
    emergency: record.emergency,
    occurrences: record.occurrences,
  }));
  const inserted = await tx.query<{ id: string }>(
    `INSERT INTO access_record (id, organization_id, occurred_at, received_at, actor_kind, actor_id, session_id, request_id,
       operation_name, operation_hash, operation_kind, client_app, purposes, coordinates, row_count, denied, violations,
       emergency, occurrences)
     SELECT r.id, $1, r.occurred_at, $2, r.actor_kind, r.actor_id, r.session_id, r.request_id, r.operation_name,
       r.operation_hash, r.operation_kind, r.client_app, r.purposes, r.coordinates, r.row_count, r.denied, r.violations,
       r.emergency, r.occurrences
     FROM jsonb_to_recordset($3::jsonb) AS r(id uuid, occurred_at timestamptz, actor_kind text, actor_id uuid,
       session_id uuid, request_id text, operation_name text, operation_hash text, operation_kind text, client_app text,
       purposes text[], coordinates text[], row_count int, denied text[], violations text[], emergency boolean,
       occurrences int)
     ON CONFLICT ON CONSTRAINT an_access_record_has_one_id DO NOTHING RETURNING id`,
    [tx.organizationId, now, JSON.stringify(rows)],
  );
  return inserted.map(({ id }) => id);
}

async function insertSubjects(tx: Transaction, records: readonly NamedRecord[]): Promise<void> {
  const rows = records.flatMap((record) =>
    record.subjects.map(({ id, fields }) => ({
      record_id: record.id,
      data_subject_id: id,
      actor_id: record.actor.id,
      occurred_at: record.occurredAt,
      fields,
    })),
  );
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO access_subject (record_id, data_subject_id, organization_id, actor_id, occurred_at, fields)
     SELECT s.record_id, s.data_subject_id, $1, s.actor_id, s.occurred_at, s.fields
     FROM jsonb_to_recordset($2::jsonb) AS s(record_id uuid, data_subject_id uuid, actor_id uuid, occurred_at timestamptz,
       fields smallint[])
     ON CONFLICT ON CONSTRAINT one_access_per_record_and_person DO NOTHING`,
    [tx.organizationId, JSON.stringify(rows)],
  );
}
