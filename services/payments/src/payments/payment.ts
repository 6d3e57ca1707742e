import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { invariant } from '@kept/subgraph-kit';
import { minorUnits } from '../money/minor-units.ts';
import { declared } from '../retention/retention-rules.ts';

export type PaymentStatus =
  | 'CREATED'
  | 'AUTHORIZING'
  | 'REQUIRES_ACTION'
  | 'AUTHORIZED'
  | 'CONFIRMED'
  | 'CAPTURING'
  | 'CAPTURED'
  | 'VOIDING'
  | 'VOIDED'
  | 'FAILED'
  | 'ABANDONED'
  | 'AUTH_EXPIRED';

/** No money is reserved or taken, and none will be. */
export const DEAD: readonly PaymentStatus[] = ['FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED'];

/**
 * Money for one purpose of one booking. Status and amounts follow from facts and change only here; the steps that are
 * possible stand in PostgreSQL (0002-state-machines.sql), which refuses every other.
 */
@Entity('payment')
export class Payment {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the payment is made to')
  organizationId!: string;

  @Column('uuid', { name: 'booking_id' })
  @Personal(declared.payment)
  bookingId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.payment)
  clientId!: string;

  @Column('uuid', { name: 'hold_id' })
  @NotPersonal('Which hold of the slot the payment was made for')
  holdId!: string;

  @Column('uuid', { name: 'payment_method_id', nullable: true })
  @Personal(declared.payment)
  paymentMethodId!: string | null;

  @Column('text')
  @NotPersonal('What kind of payment it is')
  purpose!: 'DEPOSIT';

  @Column('text')
  @Personal(declared.payment)
  status!: PaymentStatus;

  @Column('bigint', { name: 'amount_minor', transformer: minorUnits })
  @Personal(declared.payment)
  amountMinor!: bigint;

  @Column('char', { length: 3 })
  @NotPersonal('The currency the business works in')
  currency!: string;

  @Column('smallint')
  @NotPersonal('How many decimals the currency has')
  exponent!: number;

  @Column('bigint', { name: 'authorized_minor', transformer: minorUnits })
  @Personal(declared.payment)
  authorizedMinor!: bigint;

  @Column('bigint', { name: 'captured_minor', transformer: minorUnits })
  @Personal(declared.payment)
  capturedMinor!: bigint;

  @Column('bigint', { name: 'refunded_minor', transformer: minorUnits })
  @Personal(declared.payment)
  refundedMinor!: bigint;

  @Column('bigint', { name: 'refund_pending_minor', transformer: minorUnits })
  @Personal(declared.payment)
  refundPendingMinor!: bigint;

  @Column('bigint', { name: 'disputed_minor', transformer: minorUnits })
  @Personal(declared.payment)
  disputedMinor!: bigint;

  @Column('bytea', { name: 'processor_reference', nullable: true })
  @Personal(declared.paymentReference)
  processorReference!: Buffer | null;

  @Column('bytea', { name: 'processor_reference_index', nullable: true })
  @NotPersonal('Keyed hash of the reference, so that no two payments can share one')
  processorReferenceIndex!: Buffer | null;

  @Column('text', { name: 'failure_reason', nullable: true })
  @Personal(declared.payment)
  failureReason!: string | null;

  @Column('timestamptz', { name: 'quote_expires_at' })
  @NotPersonal('Until when the offer stood')
  quoteExpiresAt!: Date;

  @Column('timestamptz', { name: 'authorization_expires_at', nullable: true })
  @NotPersonal('Until when the reservation stands')
  authorizationExpiresAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  @Personal(declared.payment)
  createdAt!: Date;

  /** When the sweep looks at it next; null while the booking asks nothing of it (settlement/settle-payment.ts). */
  @Column('timestamptz', { name: 'settle_due_at', nullable: true })
  @NotPersonal('When to look at the payment again')
  settleDueAt!: Date | null;

  /** Counted by the database. */
  @Column({ type: 'int', insert: false, update: false })
  @NotPersonal('Counts changes')
  version!: number;

  #step(from: readonly PaymentStatus[], to: PaymentStatus): void {
    invariant(from.includes(this.status), `a payment never goes from ${this.status} to ${to}`);
    this.status = to;
  }

  send(): void {
    this.#step(['CREATED'], 'AUTHORIZING');
  }
  requireAction(): void {
    this.#step(['AUTHORIZING'], 'REQUIRES_ACTION');
  }
  authorize(amountMinor: bigint, expiresAt: Date | null): void {
    this.#step(['AUTHORIZING', 'REQUIRES_ACTION'], 'AUTHORIZED');
    this.authorizedMinor = amountMinor;
    this.authorizationExpiresAt = expiresAt;
  }
  confirm(): void {
    this.#step(['AUTHORIZED'], 'CONFIRMED');
  }
  startCapture(): void {
    this.#step(['CONFIRMED'], 'CAPTURING');
  }
  capture(amountMinor: bigint): void {
    this.#step(['CAPTURING'], 'CAPTURED');
    this.capturedMinor = amountMinor;
    this.authorizationExpiresAt = null;
  }
  captureFailed(): void {
    this.#step(['CAPTURING'], 'CONFIRMED');
  }
  startVoid(): void {
    this.#step(['AUTHORIZED', 'CONFIRMED'], 'VOIDING');
  }
  void(): void {
    this.#step(['VOIDING'], 'VOIDED');
  }
  expire(): void {
    this.#step(['AUTHORIZED', 'CONFIRMED'], 'AUTH_EXPIRED');
  }
  fail(reason: string): void {
    this.#step(['AUTHORIZING', 'REQUIRES_ACTION'], 'FAILED');
    this.failureReason = reason;
  }
  abandon(): void {
    this.#step(['REQUIRES_ACTION'], 'ABANDONED');
  }

  /** What can still be given back. */
  refundableMinor(): bigint {
    return this.capturedMinor - this.refundedMinor - this.refundPendingMinor;
  }
}
