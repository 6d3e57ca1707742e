import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { minorUnits } from '../money/minor-units.ts';
import { declared } from '../retention/retention-rules.ts';

export type DisputeStatus = 'INQUIRY' | 'NEEDS_RESPONSE' | 'UNDER_REVIEW' | 'WON' | 'LOST' | 'CLOSED';

/** While it stands so, the bank has the money or will keep it: giving it back as well would be a double loss. */
export const HOLDS_MONEY: readonly DisputeStatus[] = ['NEEDS_RESPONSE', 'UNDER_REVIEW', 'LOST'];

export const ENDED: readonly DisputeStatus[] = ['WON', 'LOST', 'CLOSED'];

/** A cardholder told their bank that a charge was not right. An inquiry asks; everything else has taken the money back. */
@Entity('dispute')
export class Dispute {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business whose charge is disputed')
  organizationId!: string;

  @Column('uuid', { name: 'payment_id' })
  @Personal(declared.dispute)
  paymentId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.dispute)
  clientId!: string;

  @Column('bytea', { name: 'processor_reference' })
  @Personal(declared.disputeReference)
  processorReference!: Buffer;

  @Column('bytea', { name: 'processor_reference_index' })
  @NotPersonal('Keyed hash of the reference, so that one dispute is one row')
  processorReferenceIndex!: Buffer;

  @Column('text')
  @Personal(declared.dispute)
  status!: DisputeStatus;

  @Column('bigint', { name: 'amount_minor', transformer: minorUnits })
  @Personal(declared.dispute)
  amountMinor!: bigint;

  @Column('char', { length: 3 })
  @NotPersonal('The currency the business works in')
  currency!: string;

  @Column('text')
  @Personal(declared.dispute)
  reason!: string;

  @Column('timestamptz', { name: 'evidence_due_at', nullable: true })
  @NotPersonal('Until when the bank takes evidence')
  evidenceDueAt!: Date | null;

  @Column('timestamptz', { name: 'evidence_sent_at', nullable: true })
  @NotPersonal('When evidence was sent')
  evidenceSentAt!: Date | null;

  @Column('uuid', { name: 'evidence_sent_by', nullable: true })
  @NotPersonal('Random reference of the staff member who answers for it')
  evidenceSentBy!: string | null;

  @Column('timestamptz', { name: 'evidence_taken_at', nullable: true })
  @NotPersonal('When the processor had taken it')
  evidenceTakenAt!: Date | null;

  @Column('timestamptz', { name: 'opened_at' })
  @Personal(declared.dispute)
  openedAt!: Date;

  @Column('timestamptz', { name: 'closed_at', nullable: true })
  @NotPersonal('When the bank had decided')
  closedAt!: Date | null;
}
