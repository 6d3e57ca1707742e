import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { minorUnitsOrNull } from '../money/minor-units.ts';
import { declared } from '../retention/retention-rules.ts';
import type { AssessmentReason, ReviewReason } from '../schema-types.ts';
import type { AssessmentOutcome } from './rules.ts';

export type ReviewDecision = 'ACCEPT' | 'REFUSE';

/**
 * How an attempt to pay, or to bring a card, was judged. Never changed but once, when a person decides about a payment that
 * waits for it (0009-judging-payments.sql).
 */
@Entity('payment_assessment')
export class PaymentAssessment {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that was to be paid')
  organizationId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.assessment)
  clientId!: string;

  @Column('uuid', { name: 'payment_method_id', nullable: true })
  @Personal(declared.assessment)
  paymentMethodId!: string | null;

  @Column('uuid', { name: 'payment_id', nullable: true })
  @Personal(declared.assessment)
  paymentId!: string | null;

  /** The visit to the card page that was judged; null for a payment and for a card that was brought by its token. */
  @Column('uuid', { name: 'collection_id', nullable: true })
  @Personal(declared.assessment)
  collectionId!: string | null;

  @Column('bigint', { name: 'amount_minor', nullable: true, transformer: minorUnitsOrNull })
  @Personal(declared.assessment)
  amountMinor!: bigint | null;

  @Column('bytea', { name: 'network_hmac', nullable: true })
  @Personal(declared.assessedNetwork)
  networkHmac!: Buffer | null;

  @Column('uuid', { name: 'device_id', nullable: true })
  @Personal(declared.assessedDevice)
  deviceId!: string | null;

  @Column('smallint', { name: 'rule_version' })
  @NotPersonal('Which edition of the rules')
  ruleVersion!: number;

  @Column('text')
  @Personal(declared.assessment)
  outcome!: AssessmentOutcome;

  @Column('text', { array: true })
  @Personal(declared.assessment)
  reasons!: AssessmentReason[];

  @Column('timestamptz', { name: 'assessed_at' })
  @Personal(declared.assessment)
  assessedAt!: Date;

  /** What the processor itself makes of the card; null as long as it was not asked. */
  @Column('text', { name: 'processor_risk', nullable: true })
  @Personal(declared.assessment)
  processorRisk!: 'normal' | 'elevated' | 'highest' | null;

  @Column('text', { nullable: true })
  @Personal(declared.assessment)
  decision!: ReviewDecision | null;

  @Column('text', { name: 'decision_reason', nullable: true })
  @Personal(declared.assessment)
  decisionReason!: ReviewReason | null;

  @Column('uuid', { name: 'decided_by', nullable: true })
  @NotPersonal('Random reference of the staff member who answers for it')
  decidedBy!: string | null;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  @NotPersonal('When it was decided')
  decidedAt!: Date | null;
}
