import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { minorUnits } from '../money/minor-units.ts';
import { declared } from '../retention/retention-rules.ts';

export type RefundStatus = 'REQUESTED' | 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';
export type RefundCause =
  'BOOKING_CANCELLED' | 'BOOKING_REFUSED' | 'PRICE_LOWERED' | 'STAFF_DECISION' | 'PASS_REFUSED';

/** Money given back, or on its way. A refund that succeeded may still fail: the bank sent it back. */
@Entity('refund')
export class Refund {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that gives back')
  organizationId!: string;

  @Column('uuid', { name: 'payment_id' })
  @Personal(declared.refund)
  paymentId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.refund)
  clientId!: string;

  @Column('bigint', { name: 'amount_minor', transformer: minorUnits })
  @Personal(declared.refund)
  amountMinor!: bigint;

  /** The part of it that is tax. */
  @Column('bigint', { name: 'tax_minor', transformer: minorUnits })
  @Personal(declared.refund)
  taxMinor!: bigint;

  @Column('text')
  @Personal(declared.refund)
  cause!: RefundCause;

  @Column('text', { nullable: true })
  @NotPersonal('One of a few words that staff chose')
  reason!: string | null;

  @Column('uuid', { name: 'requested_by', nullable: true })
  @NotPersonal('Random reference of the staff member who answers for it')
  requestedBy!: string | null;

  /** Who agreed, where the organization wants two people. */
  @Column('uuid', { name: 'approved_by', nullable: true })
  @NotPersonal('Random reference of the staff member who agreed to it')
  approvedBy!: string | null;

  @Column('text')
  @Personal(declared.refund)
  status!: RefundStatus;

  @Column('bytea', { name: 'processor_reference', nullable: true })
  @Personal(declared.refundReference)
  processorReference!: Buffer | null;

  @Column('timestamptz', { name: 'created_at' })
  @Personal(declared.refund)
  createdAt!: Date;

  /** Whether what it gives back is not owed any more; what was charged in error, or to somebody else's card, still is. */
  forgives(): boolean {
    return this.reason === 'GOODWILL' || this.reason === 'SERVICE_NOT_AS_AGREED';
  }
}
