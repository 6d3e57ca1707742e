import { NotPersonal, Personal } from '@kept/personal-data';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { endedConsents } from '../retention/retention-rules.ts';

export type ConsentState = 'GIVEN' | 'WITHDRAWN';

/** Where one person stands on one purpose and channel: the latest word of the events behind it. */
@Entity('consent')
export class Consent {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that asked')
  organizationId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal({
    subject: 'clientId',
    category: 'pd:Identifying',
    purposes: ['booking.reminder', 'marketing.news', 'marketing.sharing'],
    basis: 'gdpr:A6-1-c',
    reason: 'To do only what you agreed to, and to be able to show it',
    retention: endedConsents,
    erase: 'keep',
    export: 'client',
  })
  clientId!: string;

  @Column('text')
  @NotPersonal('Purpose from the registry')
  purpose!: string;

  @Column('text')
  @NotPersonal('Channel from the registry')
  channel!: string;

  @Column('text')
  @Personal({
    subject: 'clientId',
    category: 'pd:Preference',
    purposes: ['booking.reminder', 'marketing.news', 'marketing.sharing'],
    basis: 'gdpr:A6-1-c',
    reason: 'What you decided',
    retention: endedConsents,
    erase: 'keep',
    export: 'client',
  })
  state!: ConsentState;

  @Column('text', { name: 'document_hash', nullable: true })
  @NotPersonal('Which words were shown')
  documentHash!: string | null;

  @Column('timestamptz', { name: 'changed_at' })
  @NotPersonal('When it was decided last')
  changedAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  @NotPersonal('When it was withdrawn')
  endedAt!: Date | null;

  give(documentHash: string, now: Date): void {
    this.state = 'GIVEN';
    this.documentHash = documentHash;
    this.changedAt = now;
    this.endedAt = null;
  }

  withdraw(now: Date): void {
    this.state = 'WITHDRAWN';
    this.changedAt = now;
    this.endedAt = now;
  }
}
