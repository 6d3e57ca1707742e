import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { ReceivedEvent } from '@kept/events';
import { admitEntry } from '../audit/admit-entry.ts';
import { decide } from './decide.ts';

/** The only channel there is; a second one will have to stand in the request. */
const CHANNEL = 'EMAIL';

/** Decides at this very moment whether a message may go, keeps the decision, and tells those who send. */
export async function onMessageRequested(
  tx: Transaction,
  { payload, receivedAt: at }: ReceivedEvent<'message.requested'>,
): Promise<void> {
  const { recipient, purpose, basis } = payload;
  const decision = await decide(tx, {
    recipient,
    purpose,
    channel: CHANNEL,
    basis,
    at,
    notAfter: payload.notAfter === undefined ? null : new Date(payload.notAfter),
  });
  const receiptId = randomUUID();
  const kept = await tx.query(
    `INSERT INTO message_decision
       (id, organization_id, message_id, recipient_kind, recipient_id, template, purpose, channel, allowed, reason,
        consent_event_id, decided_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT ON CONSTRAINT a_message_is_decided_once DO NOTHING RETURNING id`,
    [
      receiptId,
      tx.organizationId,
      payload.messageId,
      recipient.kind,
      recipient.id,
      payload.template,
      purpose,
      CHANNEL,
      decision.allowed,
      decision.reason,
      decision.consentEventId,
      at,
    ],
  );
  // The same message asked for under two event ids: it has its answer already.
  if (kept.length === 0) return;
  if (!decision.allowed) {
    // Somebody will ask why a message never came, and whether consent really stopped it.
    await admitEntry(tx, {
      id: receiptId,
      service: 'compliance',
      now: at,
      facts: {
        action: 'message_refused',
        actor: { kind: 'SERVICE', id: null },
        subject: { type: 'Message', id: payload.messageId },
        ...(recipient.kind === 'CLIENT' && { dataSubjectId: recipient.id }),
        occurredAt: at.toISOString().replace('Z', '000Z'),
        requestId: null,
        outcome: 'denied',
        details: { template: payload.template, purpose, reason: decision.reason },
      },
    });
  }
  await publish(tx, 'message.decided', {
    ...payload,
    allowed: decision.allowed,
    reason: decision.reason,
    receiptId,
  });
}
