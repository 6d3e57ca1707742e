import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheAccount, oldCounters } from '../retention/retention-rules.ts';

export type AttemptScope =
  | 'UNKNOWN_DEVICES'
  | 'KNOWN_DEVICE'
  | 'NETWORK'
  | 'IDENTIFIERS'
  | 'ORGANIZATION'
  | 'CODES'
  | 'SIGN_UPS'
  | 'MAILS'
  | 'ASKED'
  | 'ASKED_FROM'
  | 'UNLOCKS'
  | 'RESETS'
  | 'INVITATIONS'
  | 'PASSKEYS'
  | 'SMS'
  | 'SMS_PREFIX'
  | 'SMS_ORGANIZATION'
  | 'SERVICE_KEYS';

/** How often something went wrong, under a keyed hash. `count-attempts.ts` alone writes it, in single statements. */
@Entity('attempt_counter')
export class AttemptCounter {
  @PrimaryColumn('uuid', { name: 'organization_id' })
  @NotPersonal('The business that was asked')
  organizationId!: string;

  @PrimaryColumn('text')
  @NotPersonal('What is counted')
  scope!: AttemptScope;

  @PrimaryColumn('bytea', { name: 'key_hash' })
  @Personal(
    ofTheAccount({
      subject: 'keyHash',
      category: 'pd:Authenticating',
      reason: 'To slow down whoever guesses passwords and codes',
      retention: oldCounters,
      erase: 'keep',
      basis: 'gdpr:A6-1-f',
      inClearBecause: 'It is a keyed hash of an address or a network, kept for a month.',
    }),
  )
  keyHash!: Buffer;

  @Column('int')
  @NotPersonal('A count')
  failures!: number;

  @Column('int')
  @NotPersonal('A count')
  locks!: number;

  @Column('int', { name: 'in_a_row' })
  @NotPersonal('A count')
  inARow!: number;

  @Column('timestamptz', { name: 'window_ends_at' })
  @NotPersonal('Ends the time in which failures add up')
  windowEndsAt!: Date;

  @Column('timestamptz', { name: 'locked_until', nullable: true })
  @NotPersonal('Ends a lock')
  lockedUntil!: Date | null;

  @Column('bytea', { array: true })
  @NotPersonal(
    'Keyed hashes of the last three wrong passwords, so that a misconfigured telephone counts once',
  )
  recent!: Buffer[];
}
