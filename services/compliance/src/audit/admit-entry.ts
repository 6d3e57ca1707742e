import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';
import { invariant } from '@kept/subgraph-kit';
import { commit, newSalt } from './commitment.ts';

export type AuditFacts = EventPayload<'audit.recorded'>;

export interface Admission {
  /** The event's id, or a fresh one for what compliance records itself; an entry is stored once per id. */
  id: string;
  service: string;
  facts: AuditFacts;
  now: Date;
}

/**
 * Takes an audit entry in: what goes into the log holds commitments instead of ids of people, and the ids lie beside
 * it, where they can be deleted. The sequencer gives it a number.
 */
export async function admitEntry(tx: Transaction, { id, service, facts, now }: Admission): Promise<void> {
  invariant(tx.organizationId !== null, 'an audit entry belongs to an organization');
  const salt = newSalt();
  const dataSubjectId = facts.dataSubjectId ?? null;
  const entry = {
    v: 1,
    id,
    organizationId: tx.organizationId,
    service,
    action: facts.action,
    actor: { kind: facts.actor.kind, commitment: commit(salt, 'actor', facts.actor.id) },
    subject: { type: facts.subject.type, commitment: commit(salt, 'subject', facts.subject.id) },
    dataSubject: commit(salt, 'dataSubject', dataSubjectId),
    occurredAt: inMicroseconds(facts.occurredAt),
    recordedAt: inMicroseconds(now.toISOString().replace('Z', '000Z')),
    requestId: facts.requestId,
    outcome: facts.outcome,
    details: facts.details,
  };
  const [admitted] = await tx.query<{ id: string }>(
    `INSERT INTO audit_pending (id, organization_id, entry, admitted_at)
     SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM audit_entry WHERE id = $1)
     ON CONFLICT ON CONSTRAINT a_pending_entry_waits_once DO NOTHING RETURNING id`,
    [id, tx.organizationId, JSON.stringify(entry), now],
  );
  if (admitted === undefined) return;
  await tx.query(
    `INSERT INTO audit_opening (entry_id, organization_id, salt, actor_id, subject_id, data_subject_id, recorded_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, tx.organizationId, salt, facts.actor.id, facts.subject.id, dataSubjectId, now],
  );
}

/** Events may give microseconds since the epoch; entries always hold `2027-03-01T09:00:00.123456Z`. */
function inMicroseconds(instant: string): string {
  if (!/^\d+$/.test(instant)) return instant;
  const micros = BigInt(instant);
  const iso = new Date(Number(micros / 1000n)).toISOString();
  return iso.replace('Z', `${(micros % 1000n).toString().padStart(3, '0')}Z`);
}
