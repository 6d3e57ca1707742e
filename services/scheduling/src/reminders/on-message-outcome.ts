import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';
import { Reminder } from './reminder.ts';

/** Compliance has decided; a refusal (no consent, erased) is noted where one would look for the reminder. */
export async function onMessageDecided(
  tx: Transaction,
  { messageId, allowed, reason }: EventPayload<'message.decided'>,
): Promise<void> {
  if (allowed) return;
  await tx.manager.update(Reminder, { messageId, state: 'REQUESTED' }, { state: 'REFUSED', reason });
}

/** Identity has sent a message; most are no reminders, and then nothing matches. */
export async function onMessageSent(
  tx: Transaction,
  { messageId }: EventPayload<'message.sent'>,
): Promise<void> {
  await tx.manager.update(Reminder, { messageId, state: 'REQUESTED' }, { state: 'SENT' });
}
