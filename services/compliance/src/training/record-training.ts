import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Caller } from '@kept/passport';
import { admitEntry } from '../audit/admit-entry.ts';
import { contentHashOf, type TrainingModule } from './training-module.ts';

/** What somebody's access will rest on. */
export interface NewTrainingRecord {
  readonly staffMemberId: string;
  readonly module: TrainingModule;
  readonly basis: { readonly attemptId: string } | { readonly waiverId: string };
  readonly validUntil: Date;
}

/** Writes down that a training is valid, tells identity, which opens the staff member's access, and the audit log. */
export async function recordTraining(
  tx: Transaction,
  record: NewTrainingRecord,
  { caller, now }: { caller: Caller; now: Date },
): Promise<void> {
  const { staffMemberId, module, basis, validUntil } = record;
  const waived = 'waiverId' in basis;
  const kind = waived ? 'WAIVED' : 'PASSED';
  await tx.query(
    `INSERT INTO training_record (id, organization_id, staff_member_id, module, version, content_hash, kind,
       attempt_id, waiver_id, recorded_at, valid_until)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      randomUUID(),
      tx.organizationId,
      staffMemberId,
      module.key,
      module.version,
      contentHashOf(module),
      kind,
      waived ? null : basis.attemptId,
      waived ? basis.waiverId : null,
      now,
      validUntil,
    ],
  );
  await publish(tx, 'training.completed', {
    staffMemberId,
    module: module.key,
    waived,
    validUntil: validUntil.toISOString(),
  });
  await recordOfTraining(tx, {
    action: waived ? 'training_waived' : 'training_passed',
    staffMemberId,
    details: { module: module.key, version: String(module.version), validUntil: validUntil.toISOString() },
    caller,
    now,
  });
}

/** An entry of the audit log about somebody's training. */
export async function recordOfTraining(
  tx: Transaction,
  given: {
    action: 'training_passed' | 'training_failed' | 'training_waived' | 'training_waiver_requested';
    staffMemberId: string;
    details: Readonly<Record<string, string>>;
    caller: Caller;
    now: Date;
  },
): Promise<void> {
  const { action, staffMemberId, details, caller, now } = given;
  await admitEntry(tx, {
    id: randomUUID(),
    service: 'compliance',
    now,
    facts: {
      action,
      actor: { kind: caller.vendor ? 'VENDOR' : caller.kind, id: caller.accountId },
      subject: { type: 'Account', id: staffMemberId },
      dataSubjectId: staffMemberId,
      occurredAt: now.toISOString().replace('Z', '000Z'),
      requestId: caller.requestId,
      outcome: action === 'training_failed' ? 'failure' : 'success',
      details,
    },
  });
}
