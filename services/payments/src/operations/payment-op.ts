import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal } from '@kept/personal-data';
import { minorUnits } from '../money/minor-units.ts';

export type OpKind = 'AUTHORIZE' | 'CAPTURE' | 'VOID' | 'REFUND';
export type OpState = 'REQUESTED' | 'UNKNOWN' | 'DONE' | 'REJECTED';

/**
 * One intent that is sent to the processor, written before the call. Its id is the idempotency key there, for every
 * attempt; a new operation is only made after a definitive refusal.
 */
@Entity('payment_op')
export class PaymentOp {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference, and idempotency key at the processor')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the payment is made to')
  organizationId!: string;

  @Column('uuid', { name: 'payment_id' })
  @NotPersonal('The payment it is a step of; goes together with it')
  paymentId!: string;

  @Column('uuid', { name: 'refund_id', nullable: true })
  @NotPersonal('The refund it asks for')
  refundId!: string | null;

  @Column('text')
  @NotPersonal('What is asked of the processor')
  kind!: OpKind;

  @Column('int')
  @NotPersonal('Counts definitive refusals')
  attempt!: number;

  @Column('bigint', { name: 'amount_minor', transformer: minorUnits })
  @NotPersonal('What the processor was asked for; the payment says whose')
  amountMinor!: bigint;

  @Column('text')
  @NotPersonal('Whether the outcome is known')
  state!: OpState;

  @Column('timestamptz', { name: 'first_sent_at', nullable: true })
  @NotPersonal('How old the idempotency key at the processor is')
  firstSentAt!: Date | null;

  @Column('timestamptz', { name: 'next_check_at' })
  @NotPersonal('When to look up the outcome')
  nextCheckAt!: Date;

  @Column('int')
  @NotPersonal('How often the outcome was looked up')
  checks!: number;

  @Column('text', { name: 'processor_code', nullable: true })
  @NotPersonal('The word of the processor for a refusal or a failure')
  processorCode!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('When it was written')
  createdAt!: Date;

  isOpen(): boolean {
    return this.state === 'REQUESTED' || this.state === 'UNKNOWN';
  }
}
