import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheAccount, oldDevices } from '../retention/retention-rules.ts';

/** A browser or telephone that has signed in completely. Strangers' wrong guesses do not shut it out. */
@Entity('device')
export class Device {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('int')
  @NotPersonal('Counts the tokens this device was given')
  generation!: number;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('Starts the thirty days of trust')
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_used_at' })
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:DeviceBased',
      reason: 'To show you which of your devices are known, and to tell you of a new one',
      retention: oldDevices,
      erase: 'delete',
      export: 'client',
      inClearBecause: 'The database has to compare times.',
    }),
  )
  lastUsedAt!: Date;

  @Column('timestamptz', { name: 'trusted_until' })
  @NotPersonal('Ends the trust')
  trustedUntil!: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  @NotPersonal('Says that the device lost its trust')
  revokedAt!: Date | null;
}
