import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheAccount, oldMail } from '../retention/retention-rules.ts';

export type MailState = 'QUEUED' | 'SENDING' | 'SENT' | 'EXPIRED' | 'UNDELIVERABLE';

export interface MailAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly content: string;
}

/**
 * One mail to one account. Its id is the message's id, so a message that is decided twice is written once. Address and
 * text are not here: both are put together at the moment of sending.
 */
@Entity('outgoing_mail')
export class OutgoingMail {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business in whose name it is sent')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('uuid', { name: 'flow_id', nullable: true })
  @NotPersonal('Random reference of the flow that waits for a code')
  flowId!: string | null;

  @Column('uuid', { name: 'contact_change_id', nullable: true })
  @NotPersonal('Random reference of the change of address whose address it goes to')
  contactChangeId!: string | null;

  @Column('text', { name: 'request_id', nullable: true })
  @NotPersonal('A random id of the request that it comes of')
  requestId!: string | null;

  @Column('text')
  @NotPersonal('Whether it goes by mail or by text')
  channel!: 'EMAIL' | 'SMS';

  @Column('text')
  @NotPersonal('Which text is sent')
  template!: string;

  @Column('boolean')
  @NotPersonal('Whether another service asked for it')
  requested!: boolean;

  @Column('jsonb')
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:CommunicationsMetadata',
      reason: 'Time and reference of the appointment that the mail is about',
      retention: oldMail,
      erase: 'delete',
      inClearBecause: 'It holds references, times and amounts, no names or texts.',
    }),
  )
  parameters!: Record<string, string>;

  @Column('jsonb', { nullable: true })
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:CommunicationsMetadata',
      reason: 'The appointment as a calendar entry',
      retention: oldMail,
      erase: 'delete',
      inClearBecause: 'It holds references and times, no names or texts.',
    }),
  )
  attachment!: MailAttachment | null;

  @Column('text', { nullable: true })
  @NotPersonal('A link, encrypted for this service; forgotten as soon as the mail is sent')
  sealed!: string | null;

  @Column('text')
  @NotPersonal('Where the mail stands')
  state!: MailState;

  @Column('int')
  @NotPersonal('A count')
  attempts!: number;

  @Column('timestamptz', { name: 'due_at' })
  @NotPersonal('When it is tried next')
  dueAt!: Date;

  @Column('timestamptz', { name: 'not_after', nullable: true })
  @NotPersonal('When it is too late to send it')
  notAfter!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('When it was asked for')
  createdAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  @NotPersonal('When it was sent or given up')
  finishedAt!: Date | null;
}
