import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import type { Logger } from '@kept/subgraph-kit';
import type { Identity } from '../identity.ts';
import { queueMail } from './queue-mail.ts';
import { REQUESTED_TEMPLATES } from './templates/template.ts';

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
  await queueMail(identity, tx, {
    mail: {
      id: messageId,
      accountId: recipient.id,
      template,
      requested: true,
      parameters,
      attachment,
      sealed,
      notAfter: notAfter === undefined ? undefined : new Date(notAfter),
    },
    now: event.receivedAt,
  });
}
