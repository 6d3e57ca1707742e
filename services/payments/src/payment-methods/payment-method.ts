import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { declared } from '../retention/retention-rules.ts';

/** RETIRING: out of use here, about to be detached at the processor. EXPIRED: past its last month. */
export type PaymentMethodState = 'PENDING' | 'ACTIVE' | 'EXPIRED' | 'RETIRING' | 'DELETED';

/** A token for a card, and as much of the card as one needs to recognize it. Our own id is never card-shaped. */
@Entity('payment_method')
export class PaymentMethod {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the card may be used at')
  organizationId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.methodFact)
  clientId!: string;

  @Column('text')
  @NotPersonal('Whether the token can be used')
  status!: PaymentMethodState;

  @Column('bytea', { name: 'processor_reference', nullable: true })
  @Personal(declared.methodReference)
  processorReference!: Buffer | null;

  @Column('bytea', { name: 'fingerprint_index', nullable: true })
  @Personal(declared.methodFingerprint)
  fingerprintIndex!: Buffer | null;

  @Column('text', { nullable: true })
  @Personal(declared.methodFact)
  brand!: string | null;

  @Column('char', { length: 4, nullable: true })
  @Personal(declared.methodFact)
  last4!: string | null;

  @Column('smallint', { name: 'expiry_month', nullable: true })
  @Personal(declared.methodFact)
  expiryMonth!: number | null;

  @Column('smallint', { name: 'expiry_year', nullable: true })
  @Personal(declared.methodFact)
  expiryYear!: number | null;

  @Column('text', { nullable: true })
  @NotPersonal('Credit or debit')
  funding!: string | null;

  @Column('text', { name: 'issuer_country', nullable: true })
  @NotPersonal('The country of the bank')
  issuerCountry!: string | null;

  /** Null: its holder's bank was never asked whether it may be used while they are away. */
  @Column('timestamptz', { name: 'set_up_at', nullable: true })
  @Personal(declared.methodFact)
  setUpAt!: Date | null;

  @Column('uuid', { name: 'replaced_by', nullable: true })
  @NotPersonal('Which token took over')
  replacedBy!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('When the token was added')
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_used_at' })
  @Personal(declared.methodFact)
  lastUsedAt!: Date;

  /** Through the whole of its last month, everywhere on Earth: issuers count in their own zone. */
  isExpired(now: Date): boolean {
    if (this.expiryYear === null || this.expiryMonth === null) return true;
    return now.getTime() >= Date.UTC(this.expiryYear, this.expiryMonth, 1, 12);
  }
}
