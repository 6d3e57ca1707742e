import { randomInt, type KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { defineJob } from '@kept/jobs';
import type { Logger } from '@kept/subgraph-kit';
import { codeHash } from '../accounts/confirm-address.ts';
import { contactPlace } from '../accounts/contact.ts';
import type { Identity } from '../identity.ts';
import { openManageLink } from './open-manage-link.ts';
import { isPermanent, type Mail, type Mailer } from './open-mailer.ts';
import type { MailAttachment } from './outgoing-mail.ts';
import { writeLetter } from './write-letter.ts';
import type { TemplateName } from './templates/template.ts';

/** Sends one mail; carries only its id, so that no address, name or code ever lies in a queue. */
export const sendMail = defineJob<{ organizationId: string; mailId: string }>({
  name: 'send-mail',
  attempts: 5,
  backoffMs: 2_000,
  timeoutMs: 60_000,
});

// Longer than an attempt may take: after it, somebody who died in the middle is given up and the mail is tried again.
const LEASE_MS = 2 * 60_000;
const ATTEMPTS_MAX = 20;
const CODE_LIFETIME_MS = 10 * 60_000; // AUT-02: at most ten minutes
const CODE_DIGITS = 8;

interface ClaimedMail {
  readonly id: string;
  readonly account_id: string;
  readonly flow_id: string | null;
  readonly template: TemplateName;
  readonly requested: boolean;
  readonly parameters: Record<string, string>;
  readonly attachment: MailAttachment | null;
  readonly attempts: number;
  readonly not_after: Date | null;
  readonly request_id: string | null;
  readonly sealed: string | null;
}

export interface MailSending {
  readonly identity: Identity;
  readonly mailer: Mailer;
  readonly publicUrl: string;
  /** Opens manage links; without keys mails have none. */
  readonly linkKeys: readonly KeyObject[];
  readonly log: Logger;
}

/**
 * Claims the mail, writes it, sends it, and says that it was sent. Two who claim at once: one gets it. A process that
 * dies between sending and saying so sends it again, under the same Message-ID.
 */
export async function sendClaimedMail(
  sending: MailSending,
  { organizationId, mailId }: { organizationId: string; mailId: string },
): Promise<void> {
  const { database, clock } = sending.identity;
  const prepared = await database.transaction(organizationId, async (tx) => {
    const claimed = await claim(tx, mailId, clock());
    if (!claimed) return undefined;
    const mail = await prepare(sending, tx, claimed);
    if (!mail) await finish(tx, { claimed, state: 'EXPIRED', now: clock() });
    return mail && { mail, claimed };
  });
  if (!prepared) return;
  try {
    await sending.mailer.send(prepared.mail);
  } catch (error) {
    const givenUp = isPermanent(error) || prepared.claimed.attempts >= ATTEMPTS_MAX;
    const { claimed } = prepared;
    await database.transaction(organizationId, async (tx) => {
      if (givenUp) await finish(tx, { claimed, state: 'UNDELIVERABLE', now: clock() });
      else await giveBack(tx, claimed, clock());
    });
    // The server's answer quotes the address, so only its number is written down.
    const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : undefined;
    sending.log.warn(
      { mailId, smtp: code, attempts: prepared.claimed.attempts, givenUp },
      'a mail was not taken',
    );
    if (givenUp) return;
    // oxlint-disable-next-line preserve-caught-error -- its message quotes the address, and the queue keeps errors.
    throw new Error('The mail server did not take a mail.');
  }
  sending.log.info({ mailId, template: prepared.claimed.template }, 'a mail was sent');
  await database.transaction(organizationId, async (tx) => {
    const { template, requested } = prepared.claimed;
    const isFirst = await finish(tx, { claimed: prepared.claimed, state: 'SENT', now: clock() });
    if (requested && isFirst) {
      await publish(tx, 'message.sent', { messageId: mailId, template, sentAt: clock().toISOString() });
    }
  });
}

async function claim(tx: Transaction, mailId: string, now: Date): Promise<ClaimedMail | undefined> {
  const [mail] = await tx.query<ClaimedMail>(
    `UPDATE outgoing_mail SET state = 'SENDING', attempts = attempts + 1, due_at = $3
     WHERE id = $1 AND state IN ('QUEUED', 'SENDING') AND due_at <= $2
     RETURNING id, account_id, flow_id, template, requested, parameters, attachment, attempts, not_after,
       request_id, sealed`,
    [mailId, now, new Date(now.getTime() + LEASE_MS)],
  );
  return mail;
}

/** Puts the mail together at the moment of sending; undefined when it is too late or there is nobody to write to. */
async function prepare(
  { identity, publicUrl, linkKeys, log }: MailSending,
  tx: Transaction,
  mail: ClaimedMail,
): Promise<Mail | undefined> {
  const now = identity.clock();
  if (mail.not_after !== null && mail.not_after <= now) return undefined;
  const recipient = await readRecipient(identity, tx, mail.account_id);
  if (!recipient) return undefined;
  const code = mail.template === 'address-code' ? await newCode(identity, tx, mail.flow_id) : undefined;
  if (mail.template === 'address-code' && code === undefined) return undefined;
  const manageUrl = await openManageLink(mail, { publicUrl, linkKeys, log });
  const letter = writeLetter(mail.template, {
    language: recipient.language,
    publicUrl,
    facts: {
      // Until its owner has answered, an address gets no word of whoever typed it in: that may be anybody (A40).
      recipientName: mail.template === 'address-code' ? null : recipient.name,
      organizationName: recipient.organizationName,
      timeZone: recipient.timeZone,
      parameters: mail.parameters,
      ...(code !== undefined && { code }),
      ...(manageUrl !== undefined && { manageUrl }),
    },
  });
  const { id, attachment, request_id: requestId } = mail;
  return { ...letter, id, address: recipient.address, attachment, requestId };
}

async function readRecipient({ keyring }: Identity, tx: Transaction, accountId: string) {
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
  const [name = null, address = null] = await keyring.openMany(tx, [
    { place: contactPlace(accountId, 'display_name'), envelope: row.display_name },
    { place: contactPlace(accountId, 'email'), envelope: row.email },
  ]);
  if (address === null) return undefined;
  return {
    name,
    address,
    language: row.language,
    timeZone: row.time_zone,
    organizationName: row.organization ?? 'Kept',
  };
}

/** A new code for a flow that still waits for one. It exists in clear in this process and in the mail, nowhere else. */
async function newCode(
  identity: Identity,
  tx: Transaction,
  flowId: string | null,
): Promise<string | undefined> {
  if (flowId === null) return undefined;
  const now = identity.clock();
  const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
  const waiting = await tx.query(
    `UPDATE auth_flow SET code_hash = $2, code_expires_at = $3
     WHERE id = $1 AND state = 'AWAITING_CODE' AND expires_at > $4 RETURNING id`,
    [flowId, codeHash(identity.secrets, flowId, code), new Date(now.getTime() + CODE_LIFETIME_MS), now],
  );
  return waiting.length === 1 ? code : undefined;
}

// Whose lease ran out has no say any more: somebody else sends the mail, or has sent it.
const STILL_OURS = `id = $1 AND attempts = $2 AND state = 'SENDING'`;

async function giveBack(tx: Transaction, { id, attempts }: ClaimedMail, now: Date): Promise<void> {
  await tx.query(`UPDATE outgoing_mail SET state = 'QUEUED', due_at = $3 WHERE ${STILL_OURS}`, [
    id,
    attempts,
    now,
  ]);
}

/** Says what became of the mail. Sent is sent, whoever did it; false when somebody else has said so before. */
async function finish(
  tx: Transaction,
  mail: { claimed: ClaimedMail; state: 'SENT' | 'EXPIRED' | 'UNDELIVERABLE'; now: Date },
): Promise<boolean> {
  const { claimed, state, now } = mail;
  const finished = await tx.query(
    `UPDATE outgoing_mail SET state = $3, finished_at = $4, sealed = NULL
     WHERE (${STILL_OURS}) OR (id = $1 AND $3 = 'SENT' AND state <> 'SENT') RETURNING id`,
    [claimed.id, claimed.attempts, state, now],
  );
  return finished.length === 1;
}
