import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import type { Logger } from '@kept/subgraph-kit';
import { recentChanges } from '../contact-change/addresses-of-changes.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from './queue-mail.ts';
import { REQUESTED_TEMPLATES } from './templates/template.ts';

/** What changes somebody's schedule: for three days after a change of address it goes to both (BOK-06). */
const SCHEDULE_CHANGES: ReadonlySet<string> = new Set<(typeof REQUESTED_TEMPLATES)[number]>([
  'booking-requested',
  'booking-confirmed',
  'booking-rescheduled',
  'booking-cancelled',
  'booking-declined',
  'booking-expired',
  'provider-changed',
  'series-confirmed',
]);

/**
 * Compliance has decided about a message. Allowed: it is written down as a mail, once by its id, however often and by
 * whatever event the decision arrives. Refused: nothing happens here, and whoever asked is told by compliance itself.
 */
export async function onMessageDecided(
  identity: Identity,
  log: Logger,
  { tx, event }: { tx: Transaction; event: ReceivedEvent<'message.decided'> },
): Promise<void> {
  const { messageId, recipient, allowed, parameters, attachment, sealed, notAfter } = event.payload;
  if (!allowed) return;
  const template = REQUESTED_TEMPLATES.find((name) => name === event.payload.template);
  const [account] = await tx.query("SELECT 1 FROM account WHERE id = $1 AND kind = $2 AND state = 'ACTIVE'", [
    recipient.id,
    recipient.kind,
  ]);
  if (!template || !account) {
    // Somebody erased, or a text we do not have: said once, and not tried for ever.
    log.warn(
      { messageId, template: event.payload.template, known: Boolean(account) },
      'a message cannot be written',
    );
    return;
  }
  const now = event.receivedAt;
  const mail = {
    accountId: recipient.id,
    template,
    parameters,
    attachment,
    notAfter: notAfter === undefined ? undefined : new Date(notAfter),
  };
  const isNew = await queueMail(identity, tx, {
    mail: { ...mail, id: messageId, requested: true, sealed },
    now,
  });
  if (!isNew || !SCHEDULE_CHANGES.has(template)) return;
  // The link opens the appointment to whoever has it, so the earlier address does not get one.
  for (const contactChangeId of await recentChanges(tx, recipient.id, now))
    await queueMail(identity, tx, { mail: { ...mail, contactChangeId }, now });
}
