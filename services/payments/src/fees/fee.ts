import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { minorUnits } from '../money/minor-units.ts';
import { declared } from '../retention/retention-rules.ts';

export type FeePurpose = 'NO_SHOW_FEE' | 'LATE_CANCEL_FEE';
export type FeeState = 'WAITING' | 'CHARGED' | 'COVERED' | 'NOT_AGREED' | 'WAIVED';

/**
 * What not coming or calling off late costs under the terms of the booking, and what became of it. What is really taken is
 * a payment, bounded by what the card's holder agreed to (constraint `fee_is_within_what_was_agreed`).
 */
@Entity('fee')
export class Fee {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the fee is owed to')
  organizationId!: string;

  @Column('uuid', { name: 'booking_id' })
  @Personal(declared.fee)
  bookingId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.fee)
  clientId!: string;

  @Column('text')
  @Personal(declared.fee)
  purpose!: FeePurpose;

  @Column('bigint', { name: 'agreed_minor', transformer: minorUnits })
  @Personal(declared.fee)
  agreedMinor!: bigint;

  @Column('char', { length: 3 })
  @NotPersonal('The currency the business works in')
  currency!: string;

  @Column('timestamptz', { name: 'due_at' })
  @NotPersonal('Not to be charged before')
  dueAt!: Date;

  @Column('text')
  @Personal(declared.fee)
  state!: FeeState;

  @Column('uuid', { name: 'payment_id', nullable: true })
  @NotPersonal('The payment that charged it')
  paymentId!: string | null;

  @Column('uuid', { name: 'waived_by', nullable: true })
  @NotPersonal('Random reference of the staff member who waived it')
  waivedBy!: string | null;

  @Column('text', { name: 'waiver_reason', nullable: true })
  @NotPersonal('One of a few words that staff chose')
  waiverReason!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  @Personal(declared.fee)
  createdAt!: Date;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  @NotPersonal('When that was decided')
  decidedAt!: Date | null;
}
