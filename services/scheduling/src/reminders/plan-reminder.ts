import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { deadlineBefore } from '../availability/engine/deadline.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { Booking } from '../bookings/booking.ts';
import type { Scheduling } from '../scheduling.ts';
import { Reminder } from './reminder.ts';

/** The same hour on the day before, on the appointment's own clock. */
const REMIND_MINUTES_BEFORE = 1440;

/** Writes down when to remind of a booking. Booked at shorter notice than that, people need no reminder. */
export async function planReminder(
  tx: Transaction,
  scheduling: Pick<Scheduling, 'wakeReminder'>,
  { booking, now }: { booking: Booking; now: Date },
): Promise<void> {
  const start = booking.startsAt.getTime() / 60_000;
  const dueMinute = deadlineBefore(openZone(booking.timeZone), start, REMIND_MINUTES_BEFORE);
  const dueAt = new Date(dueMinute * 60_000);
  if (dueAt <= now) return;
  const { organizationId } = booking;
  const reminder = { id: randomUUID(), organizationId, bookingId: booking.id, dueAt };
  await tx.manager.insert(Reminder, { ...reminder, state: 'WAITING', messageId: null, reason: null });
  tx.afterCommit(() => scheduling.wakeReminder(reminder));
}

/** A booking that moved or was called off is not reminded of at its old time. */
export async function dropReminders(tx: Transaction, bookingId: string, reason: string): Promise<void> {
  await tx.manager.update(Reminder, { bookingId, state: 'WAITING' }, { state: 'DROPPED', reason });
}
