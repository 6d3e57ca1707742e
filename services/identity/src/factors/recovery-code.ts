import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheAccount, withTheAccount } from '../retention/retention-rules.ts';

/** One of ten codes that open an account once when its authenticator is lost. Only a keyed hash is stored. */
@Entity('recovery_code')
export class RecoveryCode {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('bytea', { name: 'code_hash' })
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:Authenticating',
      reason: 'To let you in once when your authenticator is lost',
      retention: withTheAccount,
      erase: 'delete',
      inClearBecause: 'It is a keyed hash of 115 random bits.',
    }),
  )
  codeHash!: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('Says which set the code belongs to')
  createdAt!: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  @NotPersonal('Says that the code is spent')
  usedAt!: Date | null;
}
