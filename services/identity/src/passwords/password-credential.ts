import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheAccount, withTheAccount } from '../retention/retention-rules.ts';
import type { ChangeReason } from './require-password-change.ts';

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

  @Column('text', { name: 'must_change', nullable: true })
  @NotPersonal('Why another one has to be chosen first, a code')
  mustChange!: ChangeReason | null;

  @Column('int', { name: 'rules_version' })
  @NotPersonal('Which rules it was judged by')
  rulesVersion!: number;

  @Column('text', { name: 'set_by' })
  @NotPersonal('Whether its owner chose it, or whoever read a mail')
  setBy!: 'OWNER' | 'MAIL';

  @Column('smallint', { name: 'reminded_at_days', nullable: true })
  @NotPersonal('Which notice of its age went out last')
  remindedAtDays!: number | null;
}
