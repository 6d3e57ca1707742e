import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheAccount, withTheAccount } from '../retention/retention-rules.ts';

/** An authenticator app. `lastStep` is the last time step whose code was used: a code works once (RFC 6238 §5.2). */
@Entity('totp_factor')
export class TotpFactor {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('bytea')
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:Authenticating',
      fieldClass: 'credential',
      reason: 'To check the codes of your authenticator app',
      retention: withTheAccount,
      erase: 'shred',
    }),
  )
  secret!: Buffer;

  // bigint arrives as text; a step (seconds since 1970 / 30) is far below 2^53.
  @Column('bigint', { name: 'last_step' })
  @NotPersonal('Counts half minutes so that no code works twice')
  lastStep!: string;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('Ends an enrolment that was not finished')
  createdAt!: Date;

  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  @NotPersonal('Says since when the authenticator is in force')
  confirmedAt!: Date | null;
}
