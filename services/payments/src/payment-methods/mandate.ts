import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { minorUnits } from '../money/minor-units.ts';
import { declared } from '../retention/retention-rules.ts';

/** What may be taken while the holder of the card is away. */
export type MandateUse = 'NO_SHOW_FEE' | 'LATE_CANCEL_FEE' | 'HOLD' | 'BALANCE';

/**
 * What the holder of a card agreed to: which words they were shown, by their hash, for what, and how much at most.
 * Nothing of it ever changes but that it is revoked (0005-mandates.sql).
 */
@Entity('mandate')
export class Mandate {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that may take')
  organizationId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.mandate)
  clientId!: string;

  @Column('uuid', { name: 'payment_method_id' })
  @Personal(declared.mandate)
  paymentMethodId!: string;

  @Column('uuid', { name: 'booking_id', nullable: true })
  @Personal(declared.mandate)
  bookingId!: string | null;

  @Column('text', { name: 'text_version' })
  @NotPersonal('Which edition of the words was shown')
  textVersion!: string;

  @Column('bytea', { name: 'text_sha256' })
  @Personal(declared.mandate)
  textSha256!: Buffer;

  @Column('text')
  @Personal(declared.mandate)
  language!: string;

  @Column('timestamptz', { name: 'accepted_at' })
  @Personal(declared.mandate)
  acceptedAt!: Date;

  @Column('bytea', { name: 'address_hmac', nullable: true })
  @Personal(declared.mandateAddress)
  addressHmac!: Buffer | null;

  @Column('bigint', { name: 'max_amount_minor', transformer: minorUnits })
  @Personal(declared.mandate)
  maxAmountMinor!: bigint;

  @Column('char', { length: 3 })
  @NotPersonal('The currency the business works in')
  currency!: string;

  @Column('text', { array: true })
  @Personal(declared.mandate)
  covers!: MandateUse[];

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  @Personal(declared.mandate)
  revokedAt!: Date | null;
}
