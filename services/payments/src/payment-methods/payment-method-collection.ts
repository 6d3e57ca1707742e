import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { declared } from '../retention/retention-rules.ts';

/** A visit to the processor's own page, or to its form inside an app, until it has brought a card or come to nothing. */
@Entity('payment_method_collection')
export class PaymentMethodCollection {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference, and idempotency key at the processor')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the card may be used at')
  organizationId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.collection)
  clientId!: string;

  @Column('text')
  @NotPersonal('On the page of the processor, or in an app with its form')
  way!: 'HOSTED_PAGE' | 'CLIENT_SIDE';

  @Column('text')
  @NotPersonal('Whether it has ended')
  status!: 'OPEN' | 'COMPLETED' | 'CLOSED';

  @Column('bytea', { name: 'processor_reference', nullable: true })
  @Personal(declared.collectionReference)
  processorReference!: Buffer | null;

  @Column('uuid', { name: 'replaces_method_id', nullable: true })
  @Personal(declared.collection)
  replacesMethodId!: string | null;

  @Column('uuid', { name: 'payment_method_id', nullable: true })
  @Personal(declared.collection)
  paymentMethodId!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  @Personal(declared.collection)
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  @NotPersonal('Until when the page or the form can be used')
  expiresAt!: Date;

  @Column('timestamptz', { name: 'next_look_at' })
  @NotPersonal('When to ask the processor again')
  nextLookAt!: Date;

  @Column('int')
  @NotPersonal('How often the processor was asked')
  looks!: number;

  @Column('smallint')
  @NotPersonal('How many cards were refused on this visit')
  declines!: number;
}
