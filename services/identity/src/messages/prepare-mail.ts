import { randomInt, type KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Logger } from '@kept/subgraph-kit';
import { campaignFacts } from '../campaigns/own-text.ts';
import { codeHash } from '../accounts/confirm-address.ts';
import { contactPlace } from '../accounts/contact.ts';
import { addressOfChange, newChangeCode } from '../contact-change/addresses-of-changes.ts';
import { undoToken } from '../contact-change/undo-contact-change.ts';
import { restoreToken } from '../factors/changes/factor-change.ts';
import type { Identity } from '../identity.ts';
import { unlockToken } from '../lockout/request-unlock.ts';
import { ownAccountToken } from '../guardianship/offer-own-account.ts';
import { dependantGuardians } from '../guardianship/dependant-guardians.ts';
import { invitationToken } from '../people/invitations/invitation.ts';
import { markMail } from './mail-mark.ts';
import { openManageLink } from './open-manage-link.ts';
import type { Mail } from './open-mailer.ts';
import type { MailAttachment } from './outgoing-mail.ts';
import type { TemplateName } from './templates/template.ts';
import { notMeFacts } from '../notices/not-me-link.ts';
import { writeLetter } from './write-letter.ts';

const CODE_LIFETIME_MS = 10 * 60_000; // AUT-02: at most ten minutes
// Whoever signs in looks at once.
const SECOND_FACTOR_LIFETIME_MS = 5 * 60_000;
const CODE_DIGITS = 8;

/** A mail as somebody has claimed it to send it. */
export interface ClaimedMail {
  readonly id: string;
  readonly account_id: string;
  readonly flow_id: string | null;
  readonly contact_change_id: string | null;
  readonly template: TemplateName;
  readonly requested: boolean;
  readonly parameters: Record<string, string>;
  readonly attachment: MailAttachment | null;
  readonly attempts: number;
  readonly not_after: Date | null;
  readonly request_id: string | null;
  readonly sealed: string | null;
  readonly channel: 'EMAIL' | 'SMS';
}

export interface MailWriting {
  readonly identity: Identity;
  readonly publicUrl: string;
  /** Opens manage links; without keys mails have none. */
  readonly linkKeys: readonly KeyObject[];
  readonly log: Logger;
}

interface Recipient {
  readonly name: string | null;
  readonly address: string;
  readonly language: string;
  readonly timeZone: string;
  readonly organizationName: string;
}

// They carry a code; and they go to whoever was typed in, who gets no word of whoever typed: that may be anybody (A40).
const CODE_MAILS: readonly TemplateName[] = [
  'address-code',
  'contact-change-code',
  'password-reset-code',
  'second-factor-code',
];

/** Puts the mail together at the moment of sending; undefined when it is too late or there is nobody to write to. */
export async function prepareMail(
  writing: MailWriting,
  tx: Transaction,
  mail: ClaimedMail,
): Promise<Mail | undefined> {
  const { identity, publicUrl } = writing;
  if (mail.not_after !== null && mail.not_after <= identity.clock()) return undefined;
  const recipient = await readRecipient(identity, tx, mail);
  if (!recipient) return undefined;
  const carriesCode = CODE_MAILS.includes(mail.template);
  const code = carriesCode ? await newCode(identity, tx, mail) : undefined;
  if (carriesCode && code === undefined) return undefined;
  const linkUrl = await linkOf(writing, tx, mail);
  const { id, attachment, request_id: requestId } = mail;
  const checkCode = await markMail(identity, tx, {
    id,
    accountId: mail.account_id,
    template: mail.template,
    address: recipient.address,
  });
  const letter = writeLetter(mail.template, {
    language: recipient.language,
    publicUrl,
    facts: {
      recipientName: carriesCode ? null : recipient.name,
      organizationName: recipient.organizationName,
      timeZone: recipient.timeZone,
      parameters: mail.parameters,
      givesAppointment: (mail.parameters['clientId'] ?? mail.account_id) !== mail.account_id,
      checkCode,
      ...(await campaignFacts(tx, mail)),
      ...(await notMeFacts(identity, tx, { mail, publicUrl })),
      ...(code !== undefined && { code }),
      ...(linkUrl !== undefined && { linkUrl }),
    },
  });
  return { ...letter, id, address: recipient.address, attachment, requestId };
}

/** Where the mail's link leads when it is this recipient's alone: to an appointment, or to take a change back. */
async function linkOf(writing: MailWriting, tx: Transaction, mail: ClaimedMail): Promise<string | undefined> {
  if (mail.template === 'staff-invitation') {
    const { invitation = '', mails = '0' } = mail.parameters;
    const of = { organizationId: tx.organizationId ?? '', id: invitation, mails: Number(mails) };
    return `${writing.publicUrl.replace(/\/+$/, '')}/invitation#${invitationToken(writing.identity, of)}`;
  }
  const base = writing.publicUrl.replace(/\/+$/, '');
  if (mail.template === 'own-account')
    return `${base}/own-account#${ownAccountToken(writing.identity, tx.organizationId ?? '', mail.parameters['offer'] ?? '')}`;
  if (mail.template === 'sign-in-closed') return `${base}/unlock`;
  const { factorChange } = mail.parameters;
  if (factorChange !== undefined && !mail.requested)
    return `${base}/restore-factor#${restoreToken(writing.identity, tx.organizationId ?? '', factorChange)}`;
  if (mail.template === 'unlock-link' && mail.flow_id !== null)
    return `${base}/unlock#${unlockToken(writing.identity, tx.organizationId ?? '', mail.flow_id)}`;
  if (mail.template !== 'contact-change-started' || mail.contact_change_id === null)
    return openManageLink(mail, writing);
  const token = undoToken(writing.identity, tx.organizationId ?? '', mail.contact_change_id);
  // Behind the #, where no server and no log sees it; the page there sends it by POST.
  return `${writing.publicUrl.replace(/\/+$/, '')}/contact-change#${token}`;
}

export async function readRecipient(
  identity: Identity,
  tx: Transaction,
  mail: ClaimedMail,
): Promise<Recipient | undefined> {
  const { account_id: accountId, contact_change_id: changeId } = mail;
  const [row] = await tx.query<{
    display_name: Buffer | null;
    email: Buffer | null;
    language: string;
    time_zone: string;
    organization: string | null;
  }>(
    `SELECT a.display_name, a.email, a.language, a.time_zone, o.name AS organization
     FROM account a LEFT JOIN organization_profile o USING (organization_id)
     WHERE a.id = $1 AND a.state IN ('ACTIVE', 'PENDING')`,
    [accountId],
  );
  if (!row) return undefined;
  const [name = null, own = null] = await identity.keyring.openMany(tx, [
    { place: contactPlace(accountId, 'display_name'), envelope: row.display_name },
    { place: contactPlace(accountId, 'email'), envelope: row.email },
  ]);
  const which = mail.template === 'contact-change-code' ? 'new_email' : 'previous_email';
  const address = changeId === null ? own : await addressOfChange(identity, tx, { changeId, which });
  if (address === null) return readGuardian(identity, tx, mail);
  return {
    name,
    address,
    language: row.language,
    timeZone: row.time_zone,
    organizationName: row.organization ?? 'Kept',
  };
}

/** Whoever has no address is written to at that of the guardian of longest standing. */
async function readGuardian(identity: Identity, tx: Transaction, mail: ClaimedMail) {
  if (mail.contact_change_id !== null) return undefined;
  const [guardian] = await dependantGuardians(tx, mail.account_id, identity.clock());
  // A guardian is nobody's dependant (`guardianship_is_sound`), so this goes one step and no further.
  return guardian === undefined ? undefined : readRecipient(identity, tx, { ...mail, account_id: guardian });
}

/** A new code for what still waits for one. It exists in clear in this process and in the mail, nowhere else. */
export async function newCode(
  identity: Identity,
  tx: Transaction,
  mail: ClaimedMail,
): Promise<string | undefined> {
  if (mail.contact_change_id !== null) return newChangeCode(identity, tx, mail.contact_change_id);
  const { flow_id: flowId } = mail;
  if (flowId === null) return undefined;
  const now = identity.clock();
  const lifetimeMs = mail.template === 'second-factor-code' ? SECOND_FACTOR_LIFETIME_MS : CODE_LIFETIME_MS;
  const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
  const waiting = await tx.query(
    `UPDATE auth_flow SET code_hash = $2, code_expires_at = $3
     WHERE id = $1 AND state IN ('AWAITING_CODE', 'AWAITING_FACTOR') AND expires_at > $4 RETURNING id`,
    [flowId, codeHash(identity.secrets, flowId, code), new Date(now.getTime() + lifetimeMs), now],
  );
  return waiting.length === 1 ? code : undefined;
}
