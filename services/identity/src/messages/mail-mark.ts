import type { Transaction } from '@kept/database';
import type { FieldPlace } from '@kept/field-encryption';
import { NotPersonal, Personal } from '@kept/personal-data';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Identity } from '../identity.ts';
import { checkableMail, ofTheAccount } from '../retention/retention-rules.ts';
import type { Secrets } from '../secrets.ts';
import { ALERT_TEMPLATES, OWN_TEMPLATES, type TemplateName } from './templates/template.ts';

export type MailKind = 'APPOINTMENT' | 'PAYMENT' | 'SECURITY' | 'OPERATION';

/** That a mail is ours, by the code it carries. Its id is the mail's. */
@Entity('mail_mark')
export class MailMark {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference of a mail')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business in whose name it was sent')
  organizationId!: string;

  @Column('uuid', { name: 'account_id' })
  @NotPersonal('Random reference of an account')
  accountId!: string;

  @Column('bytea', { name: 'code_hash' })
  @NotPersonal('A keyed hash of 60 random bits')
  codeHash!: Buffer;

  @Column('text')
  @NotPersonal('What sort of mail it was')
  kind!: MailKind;

  @Column('bytea', { name: 'sent_to', nullable: true })
  @Personal(
    ofTheAccount({
      subject: 'accountId',
      category: 'pd:EmailAddress',
      fieldClass: 'contact',
      reason: 'To show whoever doubts a mail to which of their addresses it went; most of it is masked',
      retention: checkableMail,
      erase: 'shred',
    }),
  )
  sentTo!: Buffer | null;

  @Column('timestamptz', { name: 'sent_at' })
  @NotPersonal('When it was sent')
  sentAt!: Date;
}

// Crockford's base 32: no letter that looks like a digit, so that a code can be read out on the telephone.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LETTERS = 12; // of 5 bits: guessing one takes more questions than anybody's limits let through

/**
 * A mail's code, the same however often it is sent: 60 bits of an HMAC under a key of its own, so nobody without the key
 * can tell it from random, and nothing has to be kept in clear to send it twice.
 */
export function mailCode(secrets: Secrets, mailId: string): string {
  const bytes = secrets.hash('mail-mark', 'code', mailId);
  const letters = Array.from({ length: LETTERS }, (_, at) => ALPHABET[(bytes[at] ?? 0) & 31] ?? '').join('');
  return (letters.match(/.{4}/g) ?? []).join('-');
}

/** What is stored of a code, whichever way it was typed; null for what cannot be one. */
export function mailCodeHash(secrets: Secrets, organizationId: string, typed: string): Buffer | null {
  if (typed.length > 40) return null;
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  if (letters.length !== LETTERS || [...letters].some((letter) => !ALPHABET.includes(letter))) return null;
  return secrets.hash('mail-mark', 'stored', organizationId, letters);
}

/** Where the masked address is sealed. */
export const sentToPlace = (accountId: string, mailId: string): FieldPlace => ({
  subjectId: accountId,
  fieldClass: 'contact',
  table: 'mail_mark',
  column: 'sent_to',
  rowId: mailId,
});

/** Enough of an address for its owner, too little for anybody else: `a…@e….org`. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${[...address][0] ?? ''}…@${[...domain][0] ?? ''}…${domain.slice(domain.lastIndexOf('.'))}`;
}

/** Notes that a mail is ours before it leaves, and returns the code it carries. */
export async function markMail(
  { keyring, secrets, clock }: Pick<Identity, 'keyring' | 'secrets' | 'clock'>,
  tx: Transaction,
  mail: { id: string; accountId: string; template: TemplateName; address: string },
): Promise<string> {
  const code = mailCode(secrets, mail.id);
  const sentTo = await keyring.seal(tx, sentToPlace(mail.accountId, mail.id), maskedAddress(mail.address));
  await tx.query(
    `INSERT INTO mail_mark (id, organization_id, account_id, code_hash, kind, sent_to, sent_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT ON CONSTRAINT one_mark_per_mail DO UPDATE SET sent_to = excluded.sent_to, sent_at = excluded.sent_at`,
    [
      mail.id,
      tx.organizationId,
      mail.accountId,
      mailCodeHash(secrets, tx.organizationId ?? '', code),
      kindOf(mail.template),
      sentTo,
      clock(),
    ],
  );
  return code;
}

function kindOf(template: TemplateName): MailKind {
  const isOne = (names: readonly string[]) => names.includes(template);
  if (isOne(ALERT_TEMPLATES) || template.startsWith('emergency') || template.startsWith('calendar'))
    return 'OPERATION';
  if (isOne(OWN_TEMPLATES)) return 'SECURITY';
  return template.startsWith('payment') ? 'PAYMENT' : 'APPOINTMENT';
}
