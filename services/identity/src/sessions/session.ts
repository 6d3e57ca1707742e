import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import type { AccountKind } from '../accounts/account.ts';
import { endedSessions, ofTheAccount } from '../retention/retention-rules.ts';
import type { ClientType, SessionAssurance, SessionMethod, SessionRisk } from './session-limits.ts';

export type SessionEndReason =
  | 'SIGNED_OUT'
  | 'TOKEN_REUSED'
  | 'REPLACED'
  | 'EXPIRED'
  | 'FACTOR_REMOVED'
  | 'ACCOUNT_CLOSED'
  | 'PASSWORD_CHANGED'
  | 'ENDED_BY_STAFF'
  | 'NOT_ME'
  | 'OFFBOARDED'
  | 'ROTATED'
  | 'DEVICE_REVOKED'
  | 'SUSPENDED'
  | 'RISK'
  | 'NETWORK';

/** A sign-in that holds. Created by `issueSession` alone; its refresh tokens are counted, never stored. */
@Entity('session')
export class Session {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('uuid', { name: 'device_id' })
  @NotPersonal('Random reference of a device')
  deviceId!: string;

  @Column('uuid', { name: 'flow_id' })
  @NotPersonal('Random reference of the sign-in that opened the session')
  flowId!: string;

  @Column('text')
  @NotPersonal('Whether the account books or is booked')
  kind!: AccountKind;

  @Column('boolean', { name: 'second_factor' })
  @NotPersonal('Says how strong the sign-in was')
  secondFactor!: boolean;

  @Column('text', { nullable: true })
  @NotPersonal('Says how strong the sign-in was')
  assurance!: SessionAssurance | null;

  @Column('text', { name: 'client_type' })
  @NotPersonal('What kind of app the session is for')
  clientType!: ClientType;

  @Column('text', { name: 'risk_level' })
  @NotPersonal('What was made of the session at its last refresh')
  riskLevel!: SessionRisk;

  @Column('text')
  @NotPersonal('What opened the session')
  method!: SessionMethod;

  @Column('int', { name: 'refresh_counter' })
  @NotPersonal('Counts the refresh tokens')
  refreshCounter!: number;

  @Column('int', { name: 'token_generation' })
  @NotPersonal('Counts how often the access tokens of the session were withdrawn')
  tokenGeneration!: number;

  @Column('text', { name: 'key_thumbprint', nullable: true })
  @NotPersonal('Fingerprint of a key that an app has made')
  keyThumbprint!: string | null;

  @Column('timestamptz', { name: 'rotated_at' })
  @NotPersonal('Starts the grace of a race for a refresh token')
  rotatedAt!: Date;

  @Column('bytea', { name: 'refreshed_by', nullable: true })
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:IPAddress',
      reason: 'To tell two windows of yours that ask at once from a thief',
      retention: endedSessions,
      erase: 'delete',
      inClearBecause: 'It is a keyed hash (HMAC-SHA-256) and cannot be read back.',
    }),
  )
  refreshedBy!: Buffer | null;

  @Column('timestamptz', { name: 'authenticated_at' })
  @NotPersonal('Says how fresh the sign-in is')
  authenticatedAt!: Date;

  @Column('timestamptz', { name: 'created_at' })
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:Authenticating',
      reason: 'To show you when you have signed in',
      retention: endedSessions,
      erase: 'delete',
      export: 'client',
      inClearBecause: 'The database has to compare times.',
    }),
  )
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_seen_at' })
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:Authenticating',
      reason: 'To end a session that is not used, and to show you when it was',
      retention: endedSessions,
      erase: 'delete',
      export: 'client',
      inClearBecause: 'The database has to compare times.',
    }),
  )
  lastSeenAt!: Date;

  @Column('timestamptz', { name: 'idle_expires_at' })
  @NotPersonal('Ends the session when it is not used')
  idleExpiresAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  @NotPersonal('Ends the session at the latest')
  expiresAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  @NotPersonal('Says that the session is over')
  endedAt!: Date | null;

  @Column('text', { name: 'end_reason', nullable: true })
  @NotPersonal('Why the session is over')
  endReason!: SessionEndReason | null;
}
