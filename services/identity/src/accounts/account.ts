import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '@kept/passport';
import { NotPersonal, Personal } from '@kept/personal-data';
import { inactiveContact, ofTheAccount, pendingAccounts } from '../retention/retention-rules.ts';

export type AccountKind = 'CLIENT' | 'STAFF' | 'SERVICE';
export type AccountState = 'PENDING' | 'ACTIVE' | 'SUSPENDED' | 'ENDED' | 'ERASED';

/**
 * A person in one organization. PENDING until the address is proven: any number of pending accounts may claim an
 * address and only one of them can become active, so signing up first with somebody else's address wins nothing.
 */
@Entity('account')
export class Account {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference that means nothing outside Kept')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('text')
  @NotPersonal('Whether the account books or is booked')
  kind!: AccountKind;

  @Column('text', { array: true })
  @NotPersonal('What the account may do; given by the business')
  roles!: Role[];

  @Column('text', { nullable: true })
  @NotPersonal('Whether a member of staff works in the business or for it')
  employment!: 'EMPLOYEE' | 'VENDOR' | null;

  @Column('uuid', { name: 'sponsor_id', nullable: true })
  @NotPersonal('Random reference of the member of staff who answers for a vendor')
  sponsorId!: string | null;

  @Column('timestamptz', { name: 'ends_at', nullable: true })
  @NotPersonal('Ends what a vendor may do')
  endsAt!: Date | null;

  @Column('text', { name: 'dpa_reference', nullable: true })
  @NotPersonal('Names the agreement that a vendor works under')
  dpaReference!: string | null;

  @Column('uuid', { name: 'owner_id', nullable: true })
  @NotPersonal('Random reference of the member of staff who answers for a program')
  ownerId!: string | null;

  @Column('text', { name: 'suspended_because', nullable: true })
  @NotPersonal('Why the account is closed for a while, one of four words')
  suspendedBecause!: 'LEAVE' | 'SECURITY' | 'DORMANT' | 'OTHER' | null;

  @Column('timestamptz', { name: 'dormant_notice_at', nullable: true })
  @NotPersonal('When its owner was told that nobody uses it')
  dormantNoticeAt!: Date | null;

  @Column('text')
  @NotPersonal('Where the account stands in its own life')
  state!: AccountState;

  @Column('bytea', { name: 'display_name', nullable: true })
  @Personal(
    ofTheAccount({
      subject: 'id',
      category: 'pd:Name',
      fieldClass: 'contact',
      reason: 'To call you by your name',
      retention: inactiveContact,
      erase: 'shred',
      export: 'client',
    }),
  )
  displayName!: Buffer | null;

  @Column('bytea', { nullable: true })
  @Personal(
    ofTheAccount({
      subject: 'id',
      category: 'pd:EmailAddress',
      fieldClass: 'contact',
      reason: 'To sign you in and to tell you about your appointments',
      retention: inactiveContact,
      erase: 'shred',
      export: 'client',
    }),
  )
  email!: Buffer | null;

  @Column('bytea', { name: 'email_index', nullable: true })
  @Personal(
    ofTheAccount({
      subject: 'id',
      category: 'pd:EmailAddress',
      reason: 'To find your account by your address without storing the address in clear',
      retention: inactiveContact,
      erase: 'delete',
      inClearBecause: 'It is a keyed hash (HMAC-SHA-256, key per organization) and cannot be read back.',
    }),
  )
  emailIndex!: Buffer | null;

  @Column('bytea', { nullable: true })
  @Personal(
    ofTheAccount({
      subject: 'id',
      category: 'pd:TelephoneNumber',
      fieldClass: 'contact',
      reason: 'So that the front desk can call you about an appointment',
      retention: inactiveContact,
      erase: 'shred',
      export: 'client',
    }),
  )
  phone!: Buffer | null;

  @Column('timestamptz', { name: 'phone_confirmed_at', nullable: true })
  @NotPersonal('Says that what is sent to the number arrives')
  phoneConfirmedAt!: Date | null;

  @Column('text', { name: 'time_zone' })
  @Personal(
    ofTheAccount({
      subject: 'id',
      category: 'pd:Location',
      reason: 'To write times as your clock shows them',
      retention: pendingAccounts,
      erase: 'keep',
      export: 'client',
      inClearBecause: 'A zone is shared by millions and says little without the name.',
    }),
  )
  timeZone!: string;

  @Column('text')
  @Personal(
    ofTheAccount({
      subject: 'id',
      category: 'pd:Language',
      reason: 'To write to you in your language',
      retention: pendingAccounts,
      erase: 'keep',
      export: 'client',
      inClearBecause: 'A language is shared by millions and says little without the name.',
    }),
  )
  language!: string;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('Starts the week in which an address must be confirmed')
  createdAt!: Date;

  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  @NotPersonal('Says that the address was proven')
  confirmedAt!: Date | null;

  @Column('timestamptz', { name: 'trained_until', nullable: true })
  @NotPersonal('Ends the training of a member of staff; compliance has the record')
  trainedUntil!: Date | null;

  @Column('timestamptz', { name: 'last_active_at' })
  @Personal(
    ofTheAccount({
      subject: 'id',
      category: 'pd:Authenticating',
      reason: 'To forget you when you have not come back for two years',
      retention: pendingAccounts,
      erase: 'keep',
      inClearBecause: 'Retention has to compare it in the database.',
    }),
  )
  lastActiveAt!: Date;
}
