import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { FieldPlace } from '@kept/field-encryption';
import { NotPersonal, Personal } from '@kept/personal-data';
import { contactChanges, ofTheAccount } from '../retention/retention-rules.ts';

export type ContactChangeState = 'AWAITING_CODE' | 'CONFIRMED' | 'REPLACED' | 'UNDONE';

const HOUR_MS = 3_600_000;
/** How long whoever has the earlier address can take a change back. */
export const UNDO_MS = 7 * 24 * HOUR_MS;
/** How long news of appointments go to the earlier address, too (BOK-06). */
export const BOTH_ADDRESSES_MS = 72 * HOUR_MS;
/** How long a change waits for its code; a code itself is good for ten minutes. */
export const CONFIRM_WITHIN_MS = HOUR_MS;
/** Started in one day by one account; more is somebody who tries addresses. */
export const CHANGES_PER_DAY_MAX = 5;
/** After one was taken back nobody starts another: whoever did the first may still have the password. */
export const REST_AFTER_UNDO_MS = 24 * HOUR_MS;

const address = (reason: string) =>
  ofTheAccount({
    subject: 'accountId',
    category: 'pd:EmailAddress',
    fieldClass: 'contact',
    reason,
    retention: contactChanges,
    erase: 'shred',
  });
const index = ofTheAccount({
  subject: 'accountId',
  category: 'pd:EmailAddress',
  reason: 'To find your account by your address without storing the address in clear',
  retention: contactChanges,
  erase: 'delete',
  inClearBecause: 'It is a keyed hash (HMAC-SHA-256, key per organization) and cannot be read back.',
});

/** A new e-mail address: asked for, proven with a mailed code, and able to be taken back. */
@Entity('contact_change')
export class ContactChange {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business the account belongs to')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('text')
  @NotPersonal('Where the change stands')
  state!: ContactChangeState;

  @Column('bytea', { name: 'new_email', nullable: true })
  @Personal(address('To write to your new address once you have confirmed it'))
  newEmail!: Buffer | null;

  @Column('bytea', { name: 'new_email_index', nullable: true })
  @Personal(index)
  newEmailIndex!: Buffer | null;

  @Column('bytea', { name: 'previous_email', nullable: true })
  @Personal(address('To tell your earlier address, and to go back to it if the change was not yours'))
  previousEmail!: Buffer | null;

  @Column('bytea', { name: 'previous_email_index', nullable: true })
  @Personal(index)
  previousEmailIndex!: Buffer | null;

  @Column('bytea', { name: 'code_hash', nullable: true })
  @NotPersonal('A keyed hash of a random code')
  codeHash!: Buffer | null;

  @Column('timestamptz', { name: 'code_expires_at', nullable: true })
  @NotPersonal('Ends the code')
  codeExpiresAt!: Date | null;

  @Column('int')
  @NotPersonal('A count')
  attempts!: number;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('When the change was asked for')
  createdAt!: Date;

  @Column('timestamptz', { name: 'undo_until' })
  @NotPersonal('Until when it can be taken back')
  undoUntil!: Date;

  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  @NotPersonal('Since when the new address holds')
  confirmedAt!: Date | null;

  @Column('timestamptz', { name: 'undone_at', nullable: true })
  @NotPersonal('When it was taken back')
  undoneAt!: Date | null;
}

/** Where an address of a change is sealed: under its person's own key. */
export const changePlace = (
  change: { id: string; accountId: string },
  column: 'new_email' | 'previous_email',
): FieldPlace => ({
  subjectId: change.accountId,
  fieldClass: 'contact',
  table: 'contact_change',
  column,
  rowId: change.id,
});
