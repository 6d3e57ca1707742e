import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { defineJob, handler, type Handler } from '@kept/jobs';
import type { Booking } from '../bookings/booking.ts';
import { findBooking } from '../bookings/find-booking.ts';
import { linkForMail } from '../links/link-for-mail.ts';
import { messageParameters } from '../messages/tell-both-sides.ts';
import type { Scheduling } from '../scheduling.ts';
import { readPolicyFor } from './reminder-policy.ts';
import { quietEndAt } from './reminder-times.ts';
import { Reminder } from './reminder.ts';

export const sendReminder = defineJob<{ organizationId: string; reminderId: string }>({
  name: 'send-reminder',
});

/**
 * Asks for the reminder, once, if its booking still stands at the time it was planned for; whether the client wants it,
 * and whether there still is a client, is decided by compliance and identity at that moment (basis: consent). A job that
 * comes early or twice finds nothing to do: the row decides.
 */
export function remind(
  scheduling: Scheduling,
  { organizationId, reminderId }: { organizationId: string; reminderId: string },
): Promise<void> {
  return scheduling.database.transaction(organizationId, async (tx) => {
    const now = scheduling.clock();
    const [planned] = await tx.query<{ booking_id: string }>(
      `SELECT booking_id FROM reminder WHERE id = $1 AND state = 'WAITING' AND due_at <= $2`,
      [reminderId, now],
    );
    if (!planned) return;
    // The booking first, as everybody who changes it: whoever cancels now waits until we have asked, and calls it back.
    await tx.query('SELECT 1 FROM booking WHERE id = $1 FOR SHARE', [planned.booking_id]);
    const reminder = await tx.manager.findOne(Reminder, {
      where: { id: reminderId, state: 'WAITING' },
      lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
    });
    if (reminder === null || reminder.dueAt > now) return;
    const booking = await findBooking(tx, reminder.bookingId);
    const reason = refusalOf(booking, reminder, now);
    if (booking === null || reason !== null) {
      await tx.manager.update(Reminder, { id: reminder.id }, { state: 'DROPPED', reason });
      return;
    }
    if (await waitForMorning(tx, scheduling, { booking, reminder, now })) return;
    await ask(tx, scheduling, { booking, reminder, now });
  });
}

function refusalOf(booking: Booking | null, reminder: Reminder, now: Date): string | null {
  if (booking?.status !== 'CONFIRMED') return 'NOT_CONFIRMED';
  if (reminder.startsAt !== null && reminder.startsAt.getTime() !== booking.startsAt.getTime())
    return 'MOVED';
  return booking.startsAt <= now ? 'TOO_LATE' : null;
}

/** At night it waits until the quiet hours are over, or is dropped when the appointment is before that. */
async function waitForMorning(
  tx: Transaction,
  scheduling: Scheduling,
  { booking, reminder, now }: { booking: Booking; reminder: Reminder; now: Date },
): Promise<boolean> {
  const { policy, timeZone } = await readPolicyFor(tx, booking);
  const morning = quietEndAt(policy, { timeZone, now });
  if (morning === null) return false;
  if (morning >= booking.startsAt) {
    await tx.manager.update(Reminder, { id: reminder.id }, { state: 'DROPPED', reason: 'QUIET_HOURS' });
    return true;
  }
  await tx.manager.update(Reminder, { id: reminder.id }, { dueAt: morning });
  const { id, organizationId } = reminder;
  tx.afterCommit(() => scheduling.wakeReminder({ id, organizationId, dueAt: morning }));
  return true;
}

async function ask(
  tx: Transaction,
  scheduling: Scheduling,
  { booking, reminder, now }: { booking: Booking; reminder: Reminder; now: Date },
): Promise<void> {
  const messageId = randomUUID();
  const { parameters } = await messageParameters(tx, booking);
  const sealed = await linkForMail(tx, scheduling, { booking, now });
  await publish(tx, 'message.requested', {
    messageId,
    recipient: { kind: 'CLIENT', id: booking.clientId },
    template: 'booking-reminder',
    purpose: 'booking.reminder',
    basis: 'consent',
    parameters,
    ...(sealed !== undefined && { sealed }),
    notAfter: booking.startsAt.toISOString(),
  });
  await tx.manager.update(Reminder, { id: reminder.id }, { state: 'REQUESTED', messageId });
  // After an outage several may be due at once: one of them says it all.
  await tx.query(
    `UPDATE reminder SET state = 'DROPPED', reason = 'SUPERSEDED'
     WHERE booking_id = $1 AND state = 'WAITING' AND due_at <= $2`,
    [booking.id, now],
  );
}

export const sendReminderHandler = (scheduling: Scheduling): Handler =>
  handler(sendReminder, (data) => remind(scheduling, data));
