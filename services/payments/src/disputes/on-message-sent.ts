import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import { BookingReference } from '../bookings/booking-reference.ts';
import { noteEvidence, type EvidenceKind } from './evidence.ts';

const KINDS: Readonly<Record<string, EvidenceKind>> = {
  'booking-confirmed': 'CONFIRMATION_SENT',
  'booking-reminder': 'REMINDER_SENT',
  'booking-rescheduled': 'CHANGE_SENT',
};

/** What its client was told of an appointment, and when; what providers hear is no evidence. */
export async function onMessageSent(
  tx: Transaction,
  { payload }: ReceivedEvent<'message.sent'>,
): Promise<void> {
  const { bookingId, recipientId, template, sentAt } = payload;
  const kind = KINDS[template];
  if (kind === undefined || bookingId === undefined || recipientId === undefined) return;
  const booking = await tx.manager.findOneBy(BookingReference, { bookingId, clientId: recipientId });
  if (booking !== null) await noteEvidence(tx, bookingId, { kind, happenedAt: new Date(sentAt) });
}
