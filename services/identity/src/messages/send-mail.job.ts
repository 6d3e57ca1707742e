import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { defineJob } from '@kept/jobs';
import { isPermanent, type Mailer } from './open-mailer.ts';
import { prepareText } from '../sms/prepare-text.ts';
import { TextNotTaken, type Texts } from '../sms/send-text.ts';
import { prepareMail, type ClaimedMail, type MailWriting } from './prepare-mail.ts';

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
/** What sending takes: what writing takes, and the way out. */
export interface MailSending extends MailWriting {
  readonly mailer: Mailer;
  /** Without a provider there are no text messages. */
  readonly texts?: Texts | undefined;
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
    const deliver = await prepareDelivery(sending, tx, claimed);
    if (!deliver) await finish(tx, { claimed, state: 'EXPIRED', now: clock() });
    return deliver && { deliver, claimed };
  });
  if (!prepared) return;
  try {
    await prepared.deliver();
  } catch (error) {
    const givenUp =
      isPermanent(error) ||
      (error instanceof TextNotTaken && error.permanent) ||
      prepared.claimed.attempts >= ATTEMPTS_MAX;
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
    const { template, requested, account_id: recipientId, parameters } = prepared.claimed;
    const isFirst = await finish(tx, { claimed: prepared.claimed, state: 'SENT', now: clock() });
    if (requested && isFirst) {
      const { bookingId } = parameters;
      const about = bookingId !== undefined && { bookingId };
      const sentAt = clock().toISOString();
      await publish(tx, 'message.sent', { messageId: mailId, template, sentAt, recipientId, ...about });
    }
  });
}

/** How a message leaves; undefined when it is too late or there is nobody to write to. */
async function prepareDelivery(
  sending: MailSending,
  tx: Transaction,
  claimed: ClaimedMail,
): Promise<(() => Promise<void>) | undefined> {
  if (claimed.channel === 'EMAIL') {
    const mail = await prepareMail(sending, tx, claimed);
    return mail && (() => sending.mailer.send(mail));
  }
  const { texts } = sending;
  const text = texts && (await prepareText(sending.identity, tx, claimed));
  return text && (() => texts.send(text));
}

async function claim(tx: Transaction, mailId: string, now: Date): Promise<ClaimedMail | undefined> {
  const [mail] = await tx.query<ClaimedMail>(
    `UPDATE outgoing_mail SET state = 'SENDING', attempts = attempts + 1, due_at = $3
     WHERE id = $1 AND state IN ('QUEUED', 'SENDING') AND due_at <= $2
     RETURNING id, account_id, flow_id, template, requested, parameters, attachment, attempts, not_after,
       request_id, sealed, contact_change_id, channel`,
    [mailId, now, new Date(now.getTime() + LEASE_MS)],
  );
  return mail;
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
