import { randomUUID } from 'node:crypto';
import { publish } from '@kept/events';
import { defineJob, handler, type Handler } from '@kept/jobs';
import { findBooking } from '../bookings/find-booking.ts';
import type { Scheduling } from '../scheduling.ts';
import { messageParameters } from '../messages/tell-both-sides.ts';
import { Reminder } from './reminder.ts';

export const sendReminder = defineJob<{ organizationId: string; reminderId: string }>({
  name: 'send-reminder',
});

/**
 * Asks for the reminder, once, if its booking still stands; whether the client wants it is decided by compliance at
 * that moment (basis: consent). A job that comes early or twice finds nothing to do: the row decides.
 */
export function remind(
  scheduling: Scheduling,
  { organizationId, reminderId }: { organizationId: string; reminderId: string },
): Promise<void> {
  return scheduling.database.transaction(organizationId, async (tx) => {
    const now = scheduling.clock();
    const reminder = await tx.manager.findOne(Reminder, {
      where: { id: reminderId, state: 'WAITING' },
      lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
    });
    if (reminder === null || reminder.dueAt > now) return;
    const booking = await findBooking(tx, reminder.bookingId);
    if (booking?.status !== 'CONFIRMED' || booking.startsAt <= now) {
      const reason = booking?.status === 'CONFIRMED' ? 'TOO_LATE' : 'NOT_CONFIRMED';
      await tx.manager.update(Reminder, { id: reminder.id }, { state: 'DROPPED', reason });
      return;
    }
    const messageId = randomUUID();
    const { parameters } = await messageParameters(tx, booking);
    await publish(tx, 'message.requested', {
      messageId,
      recipient: { kind: 'CLIENT', id: booking.clientId },
      template: 'booking-reminder',
      purpose: 'booking.reminder',
      basis: 'consent',
      parameters,
      notAfter: booking.startsAt.toISOString(),
    });
    await tx.manager.update(Reminder, { id: reminder.id }, { state: 'REQUESTED', messageId });
  });
}

export const sendReminderHandler = (scheduling: Scheduling): Handler =>
  handler(sendReminder, (data) => remind(scheduling, data));
