import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheAccount, withTheAccount } from '../retention/retention-rules.ts';

/** The password of one account, as a PHC string. Apart from `account`, so that reading a person never reads it. */
@Entity('password_credential')
export class PasswordCredential {
  @PrimaryColumn('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('text')
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:Password',
      reason: 'To recognise you by your password, which itself is not stored',
      retention: withTheAccount,
      erase: 'delete',
      inClearBecause: 'It is an argon2id hash with a pepper that the database does not hold.',
    }),
  )
  hash!: string;

  @Column('int', { name: 'pepper_version' })
  @NotPersonal('Which pepper the hash was made with')
  pepperVersion!: number;

  @Column('timestamptz', { name: 'changed_at' })
  @NotPersonal('Says how old the password is')
  changedAt!: Date;
}
