import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal } from '@kept/personal-data';

const BUSINESS = 'About a business, not about a person';

/** What identity knows of one organization. Its id alone stands in `organization`, which has no tenant wall. */
@Entity('organization_profile')
export class OrganizationProfile {
  @PrimaryColumn('uuid', { name: 'organization_id' })
  @NotPersonal(BUSINESS)
  organizationId!: string;

  @Column('text')
  @NotPersonal(BUSINESS)
  name!: string;

  @Column('text', { name: 'time_zone' })
  @NotPersonal(BUSINESS)
  timeZone!: string;

  @Column('text')
  @NotPersonal(BUSINESS)
  currency!: string;

  @Column('text', { default: 'en' })
  @NotPersonal(BUSINESS)
  language!: string;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal(BUSINESS)
  createdAt!: Date;
}
