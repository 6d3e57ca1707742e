import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { declared } from '../retention/retention-rules.ts';

/** The client as the processor knows them: an id of ours, no name, no address. */
@Entity('processor_customer')
export class ProcessorCustomer {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the client pays')
  organizationId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.customerFact)
  clientId!: string;

  @Column('bytea', { name: 'processor_reference', nullable: true })
  @Personal(declared.customerReference)
  processorReference!: Buffer | null;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('When the processor first heard of the client')
  createdAt!: Date;
}
