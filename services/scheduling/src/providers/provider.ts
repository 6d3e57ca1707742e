import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal } from '@kept/personal-data';

/** A member of staff who can be booked. The id is the staff member's, and that of their resource. */
@Entity('provider')
export class Provider {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference of the staff member')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business they work for')
  organizationId!: string;

  /** Null: the organization's. */
  @Column('text', { name: 'time_zone', nullable: true })
  @NotPersonal('The zone of the place of work')
  timeZone!: string | null;

  @Column('boolean')
  @NotPersonal('Whether they can be booked')
  active!: boolean;

  @Column('timestamptz', { name: 'left_at', nullable: true })
  @NotPersonal('Since when they do not work here any more')
  leftAt!: Date | null;
}
