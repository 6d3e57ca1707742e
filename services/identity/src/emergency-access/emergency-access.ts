import type { Transaction } from '@kept/database';
import type { FieldPlace } from '@kept/field-encryption';
import { NotPersonal, Personal, retentionRule } from '@kept/personal-data';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ofTheAccount } from '../retention/retention-rules.ts';

export type ReviewFinding = 'JUSTIFIED' | 'UNJUSTIFIED';

const SIX_YEARS = retentionRule({
  name: 'emergency-accesses',
  clock: 'started_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'Documentation of access to health data is kept for six years (45 CFR 164.316(b)(2)(i)).',
});

const whyItWasOpened = (reason: string) =>
  Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'kept:SecurityRecord',
      fieldClass: 'sensitive',
      basis: 'gdpr:A6-1-c',
      reason,
      retention: SIX_YEARS,
      erase: 'keep',
      export: 'client',
    }),
  );

/**
 * A break-glass grant: for minutes, a member of staff reads what fields name EMERGENCY for. What was claimed at the start
 * never changes; an early end and one review are added. Texts are sealed under the key of whoever opened it.
 */
@Entity('emergency_access')
export class EmergencyAccess {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('A business')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('uuid', { name: 'session_id' })
  @NotPersonal('Random reference of a session')
  sessionId!: string;

  @Column('bytea', { nullable: true })
  @whyItWasOpened('So that somebody else can judge whether the emergency was one')
  reason!: Buffer | null;

  @Column('timestamptz', { name: 'started_at' })
  @NotPersonal('When it began')
  startedAt!: Date;

  @Column('timestamptz')
  @NotPersonal('When it ends at the latest')
  until!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  @NotPersonal('When it was ended early')
  endedAt!: Date | null;

  @Column('timestamptz', { name: 'review_due_at' })
  @NotPersonal('When it must have been reviewed')
  reviewDueAt!: Date;

  @Column('timestamptz', { name: 'reminded_at', nullable: true })
  @NotPersonal('When the review was last asked for')
  remindedAt!: Date | null;

  @Column('timestamptz', { name: 'reviewed_at', nullable: true })
  @NotPersonal('When it was reviewed')
  reviewedAt!: Date | null;

  @Column('uuid', { name: 'reviewed_by', nullable: true })
  @NotPersonal('Random reference of an account')
  reviewedBy!: string | null;

  @Column('text', { nullable: true })
  @NotPersonal('What the review found, one of two words')
  finding!: ReviewFinding | null;

  @Column('bytea', { nullable: true })
  @whyItWasOpened('So that the outcome of the review can be understood')
  remark!: Buffer | null;
}

/** What somebody else has said of an emergency access. */
export interface CompletedReview {
  readonly reviewedAt: Date;
  readonly reviewedBy: string;
  readonly finding: ReviewFinding;
  readonly remark: string | null;
}

/** Where its texts are sealed: under the key of whoever opened it, bound to this very row and column. */
export const textPlace = (
  { id, accountId }: Pick<EmergencyAccess, 'id' | 'accountId'>,
  column: 'reason' | 'remark',
): FieldPlace => ({
  subjectId: accountId,
  fieldClass: 'sensitive',
  table: 'emergency_access',
  column,
  rowId: id,
});

/** The emergency access that runs in this session now. */
export async function runningEmergency(
  tx: Transaction,
  sessionId: string,
  now: Date,
): Promise<{ id: string; until: Date } | undefined> {
  const [running] = await tx.query<{ id: string; until: Date }>(
    'SELECT id, until FROM emergency_access WHERE session_id = $1 AND ended_at IS NULL AND until > $2',
    [sessionId, now],
  );
  return running;
}
