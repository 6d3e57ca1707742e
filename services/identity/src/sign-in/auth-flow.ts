import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import type { CodeFactorKind } from '../factors/factor.ts';
import type { ClientType, SessionAssurance } from '../sessions/session-limits.ts';
import { ofTheAccount, oldFlows } from '../retention/retention-rules.ts';

export type FlowKind =
  | 'CONFIRM_ADDRESS'
  | 'SIGN_IN'
  | 'ENROL'
  | 'GUEST'
  | 'STEP_UP'
  | 'CHANGE_PASSWORD'
  | 'RESET_PASSWORD'
  | 'UNLOCK'
  | 'INVITATION'
  | 'PASSKEY_SIGN_IN'
  | 'PASSKEY_ENROL'
  | 'CONFIRM_PHONE';
export type FlowState =
  | 'AWAITING_CODE'
  | 'AWAITING_FACTOR'
  | 'AWAITING_ENROLMENT'
  | 'AWAITING_PASSWORD'
  | 'AWAITING_APPROVAL'
  | 'COMPLETED'
  | 'SPENT';

/**
 * One attempt at something that takes several steps. Every transition is one UPDATE that names the state it expects
 * (transition-flow.ts), so no step can be left out or done twice (A18). Without an account it is a decoy.
 */
@Entity('auth_flow')
export class AuthFlow {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('bytea', { name: 'token_hash' })
  @NotPersonal('SHA-256 of 256 random bits')
  tokenHash!: Buffer;

  @Column('text')
  @NotPersonal('What the flow is for')
  kind!: FlowKind;

  @Column('text')
  @NotPersonal('Which step is next')
  state!: FlowState;

  @Column('uuid', { name: 'account_id', nullable: true })
  @NotPersonal('Random reference of an account; empty in a decoy')
  accountId!: string | null;

  @Column('uuid', { name: 'device_id', nullable: true })
  @NotPersonal('Random reference of a known device')
  deviceId!: string | null;

  @Column('text', { name: 'client_type' })
  @NotPersonal('What kind of app it was begun with')
  clientType!: ClientType;

  @Column('text', { nullable: true })
  @NotPersonal('What was proven, where a sign-in waits for a new password')
  assurance!: SessionAssurance | null;

  @Column('uuid', { name: 'session_id', nullable: true })
  @NotPersonal('Random reference of the session that proves itself again')
  sessionId!: string | null;

  @Column('text', { name: 'operation_hash', nullable: true })
  @NotPersonal('SHA-256 of the operation that it is for alone')
  operationHash!: string | null;

  @Column('text', { name: 'code_factor', nullable: true })
  @NotPersonal('What its code was sent for')
  codeFactor!: CodeFactorKind | null;

  @Column('bytea', { name: 'passkey_challenge', nullable: true })
  @NotPersonal('Random bits for a passkey to sign')
  passkeyChallenge!: Buffer | null;

  @Column('int')
  @NotPersonal('Counts wrong codes')
  attempts!: number;

  @Column('bytea', { name: 'code_hash', nullable: true })
  @NotPersonal('Keyed hash of a random code of five minutes')
  codeHash!: Buffer | null;

  @Column('timestamptz', { name: 'code_expires_at', nullable: true })
  @NotPersonal('Ends the code')
  codeExpiresAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:Authenticating',
      reason: 'To know which sign-in a code belongs to',
      retention: oldFlows,
      erase: 'delete',
      inClearBecause: 'The database has to compare times.',
    }),
  )
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  @NotPersonal('Ends the flow')
  expiresAt!: Date;
}
