import { createHash } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { admitEntry, type AuditFacts } from '../audit/admit-entry.ts';
import type { NamedRecord } from './store-access-records.ts';

// What a detail of an entry may hold.
const DETAIL_MAX = 500;

/**
 * Puts into the audit log what somebody will ask about: what was denied, what did not fit its purpose, and every read
 * under emergency access. An app that asks again and again for what it may not have fills no log: one entry a minute for
 * each person and kind, while the access records have every single request.
 */
export async function recordAuditWorthy(
  tx: Transaction,
  records: readonly NamedRecord[],
  now: Date,
): Promise<void> {
  for (const record of records) {
    const once = (action: string) => [
      tx.organizationId,
      action,
      record.actor.kind,
      record.actor.id,
      minuteOf(record),
    ];
    if (record.denied.length > 0)
      await admit(tx, {
        record,
        now,
        id: uuidOf(once('authz_fail')),
        action: 'authz_fail',
        fields: record.denied,
      });
    if (record.violations.length > 0) {
      const id = uuidOf(once('purpose_violation'));
      await admit(tx, { record, now, id, action: 'purpose_violation', fields: record.violations });
    }
    if (record.emergency && record.coordinates.length > 0) {
      const id = uuidOf(['emergency_read', record.id]);
      await admit(tx, { record, now, id, action: 'emergency_read', fields: record.coordinates });
    }
  }
}

interface Worthy {
  readonly record: NamedRecord;
  readonly id: string;
  readonly action: string;
  readonly fields: readonly string[];
  readonly now: Date;
}

async function admit(tx: Transaction, { record, id, action, fields, now }: Worthy): Promise<void> {
  const [subject, ...others] = record.subjects;
  const facts: AuditFacts = {
    action,
    actor: record.actor,
    subject: { type: 'Operation', id: record.operation.hash },
    ...(subject && others.length === 0 && { dataSubjectId: subject.id }),
    occurredAt: new Date(record.occurredAt).toISOString().replace('Z', '000Z'),
    requestId: record.requestId,
    outcome: action === 'emergency_read' ? 'success' : 'denied',
    details: {
      fields: fields.join(' ').slice(0, DETAIL_MAX),
      people: String(record.subjects.length),
      rows: String(record.rows),
      occurrences: String(record.occurrences),
      ...(record.operation.name !== null && { operation: record.operation.name }),
      ...(record.client !== null && { client: record.client }),
      ...(record.purposes.length > 0 && { purposes: record.purposes.join(' ') }),
    },
  };
  await admitEntry(tx, { id, service: 'gateway', facts, now });
}

const minuteOf = ({ occurredAt }: NamedRecord): string => occurredAt.slice(0, 16);

/** The same id for the same facts, so that an entry is admitted once (RFC 9562 §5.8: version 8 is for such). */
export function uuidOf(facts: readonly (string | null)[]): string {
  const hex = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  const variant = (8 + (Number.parseInt(hex.charAt(16), 16) % 4)).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
