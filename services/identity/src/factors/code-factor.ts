import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal } from '@kept/personal-data';
import type { CodeFactorKind } from './factor.ts';

/** A client proves themselves with codes that are mailed or texted; a restricted factor, and never one of staff. */
@Entity('code_factor')
export class CodeFactor {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('text')
  @NotPersonal('Whether codes are mailed or texted')
  kind!: CodeFactorKind;

  @Column('timestamptz', { name: 'enrolled_at' })
  @NotPersonal('Since when it can be used')
  enrolledAt!: Date;
}
