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

/**
 * What money is for. DEPOSIT: paid ahead. HOLD: reserved, and taken after the appointment. BALANCE: what is left of the
 * price. Fees: what not coming or cancelling late costs. PASS: visits bought ahead.
 */
export type PaymentPurpose = 'DEPOSIT' | 'HOLD' | 'BALANCE' | 'NO_SHOW_FEE' | 'LATE_CANCEL_FEE' | 'PASS';

/** No money is reserved or taken, and none will be. */
export const DEAD: readonly PaymentStatus[] = ['FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED'];

/**
 * Money for one purpose of one booking, or of one pass. Status and amounts follow from facts and change only here; the
 * steps that are possible stand in PostgreSQL (0002-state-machines.sql), which refuses every other.
 */
@Entity('payment')
export class Payment {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the payment is made to')
  organizationId!: string;

  /** Null for a pass alone. */
  @Column('uuid', { name: 'booking_id', nullable: true })
  @Personal(declared.payment)
  bookingId!: string | null;

  @Column('uuid', { name: 'pass_grant_id', nullable: true })
  @NotPersonal('Which pass is bought')
  passGrantId!: string | null;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.payment)
  clientId!: string;

  @Column('uuid', { name: 'hold_id', nullable: true })
  @NotPersonal('Which hold of the slot the payment was made for')
  holdId!: string | null;

  @Column('uuid', { name: 'payment_method_id', nullable: true })
  @Personal(declared.payment)
  paymentMethodId!: string | null;

  @Column('text')
  @NotPersonal('What kind of payment it is')
  purpose!: PaymentPurpose;

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

  /** What of that staff gave back as a courtesy, or for what was not as agreed: it is not owed once more. */
  @Column('bigint', { name: 'forgiven_minor', transformer: minorUnits })
  @Personal(declared.payment)
  forgivenMinor!: bigint;

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

  @Column('timestamptz', { name: 'authorize_at', nullable: true })
  @NotPersonal('From when on it is reserved, when it was agreed ahead')
  authorizeAt!: Date | null;

  @Column('timestamptz', { name: 'action_due_at', nullable: true })
  @NotPersonal('Until when the cardholder can do something about it')
  actionDueAt!: Date | null;

  @Column('timestamptz', { name: 'unpaid_at', nullable: true })
  @NotPersonal('When nobody was waited for any longer')
  unpaidAt!: Date | null;

  @Column('uuid', { name: 'mandate_id', nullable: true })
  @NotPersonal('Random reference of the consent it rests on')
  mandateId!: string | null;

  @Column('boolean', { name: 'off_session' })
  @NotPersonal('Whether the cardholder is away')
  offSession!: boolean;

  @Column('bigint', { name: 'tip_minor', transformer: minorUnits })
  @Personal(declared.payment)
  tipMinor!: bigint;

  @Column('bigint', { name: 'tax_minor', transformer: minorUnits })
  @Personal(declared.payment)
  taxMinor!: bigint;

  @Column('bigint', { name: 'discount_minor', transformer: minorUnits })
  @Personal(declared.payment)
  discountMinor!: bigint;

  @Column('timestamptz', { name: 'created_at' })
  @Personal(declared.payment)
  createdAt!: Date;

  /** When the sweep looks at it next; null while the booking asks nothing of it (settlement/settle-payment.ts). */
  @Column('timestamptz', { name: 'settle_due_at', nullable: true })
  @NotPersonal('When to look at the payment again')
  settleDueAt!: Date | null;

  @Column('int', { name: 'settle_attempts' })
  @NotPersonal('How often it was looked at without an end')
  settleAttempts!: number;

  /** How often its payer came back to have it confirmed. */
  @Column('smallint', { default: 0 })
  @NotPersonal('Counts questions to a bank')
  confirmations!: number;

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
  /** The cardholder tried and failed. The processor would let them try again, so it is called off there before it fails here. */
  endFailed(reason: string): void {
    invariant(this.status === 'REQUIRES_ACTION', 'only somebody who must authenticate can fail to');
    this.failureReason = reason;
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
    this.#step(['CREATED', 'REQUIRES_ACTION'], 'ABANDONED');
  }

  /** What can still be given back. */
  refundableMinor(): bigint {
    return this.capturedMinor - this.refundedMinor - this.refundPendingMinor;
  }
}
