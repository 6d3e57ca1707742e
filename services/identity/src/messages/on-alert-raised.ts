import { createHash } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import type { Logger } from '@kept/subgraph-kit';
import { billingPeople, managers, responsiblePeople } from '../accounts/responsible-people.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from './queue-mail.ts';
import { ALERT_TEMPLATES } from './templates/template.ts';

/**
 * Writes to everybody who is responsible. Who that is, is known here alone, at this moment: whoever
 * left yesterday gets nothing.
 */
export async function onAlertRaised(
  identity: Pick<Identity, 'nudgeMail'>,
  log: Logger,
  { tx, event }: { tx: Transaction; event: ReceivedEvent<'alert.raised'> },
): Promise<void> {
  const { alertId, reason, parameters } = event.payload;
  const template = ALERT_TEMPLATES.find((name) => name === reason.replaceAll('_', '-'));
  const recipients = await recipientsOf(tx, template);
  if (!template || recipients.length === 0) {
    log.error({ alertId, reason, known: template !== undefined }, 'nobody could be told of an alert');
    return;
  }
  for (const accountId of recipients)
    await queueMail(identity, tx, {
      mail: { id: mailId(alertId, accountId), accountId, template, parameters },
      now: event.receivedAt,
    });
}

/** Bookings are the managers' business and money is billing's; everything else is a matter of data protection. */
function recipientsOf(
  tx: Transaction,
  template: (typeof ALERT_TEMPLATES)[number] | undefined,
): Promise<string[]> {
  switch (template) {
    case 'review-waiting':
      return managers(tx);
    case 'payment-incident':
    case 'processor-attestation':
      return billingPeople(tx);
    default:
      return responsiblePeople(tx);
  }
}

// One mail per alert and person, by whatever event it arrives (RFC 9562 §5.8).
function mailId(alertId: string, accountId: string): string {
  const hex = createHash('sha256').update(`${alertId} ${accountId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
