import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Booking } from '../bookings/booking.ts';
import type { Scheduling } from '../scheduling.ts';
import { readPolicyFor } from './reminder-policy.ts';
import { reminderTimes } from './reminder-times.ts';
import { Reminder } from './reminder.ts';

/** Writes down when to remind of a booking. Booked at shorter notice than that, people need no reminder. */
export async function planReminder(
  tx: Transaction,
  scheduling: Pick<Scheduling, 'wakeReminder'>,
  { booking, now }: { booking: Booking; now: Date },
): Promise<void> {
  const { organizationId, startsAt } = booking;
  const { policy, timeZone } = await readPolicyFor(tx, booking);
  const times = reminderTimes(policy, { startsAt, timeZone, now });
  const reminders = times.map(({ minutesBefore, dueAt }) => ({
    id: randomUUID(),
    organizationId,
    bookingId: booking.id,
    dueAt,
    minutesBefore,
    startsAt,
  }));
  await tx.manager.insert(
    Reminder,
    reminders.map((reminder) => ({ ...reminder, state: 'WAITING' as const, messageId: null, reason: null })),
  );
  for (const reminder of reminders) tx.afterCommit(() => scheduling.wakeReminder(reminder));
}

/**
 * A booking that moved or was called off is not reminded of at its old time. A reminder that was asked for and is still
 * on its way is called back: identity sends it no more, unless it has left.
 */
export async function dropReminders(tx: Transaction, bookingId: string, reason: string): Promise<void> {
  const dropped = await tx.query<{ message_id: string | null; client_id: string }>(
    `UPDATE reminder r SET state = 'DROPPED', reason = $2 FROM booking b
     WHERE r.booking_id = $1 AND b.id = r.booking_id AND r.state IN ('WAITING', 'REQUESTED')
     RETURNING r.message_id, b.client_id`,
    [bookingId, reason],
  );
  for (const { message_id: messageId, client_id: id } of dropped)
    if (messageId !== null)
      await publish(tx, 'message.withdrawn', { messageId, recipient: { kind: 'CLIENT', id } });
}
