import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { recordChange, type Actor } from '../audit/record-change.ts';
import type { Scheduling } from '../scheduling.ts';
import { tellBothSides } from '../messages/tell-both-sides.ts';
import { planReminder } from '../reminders/plan-reminder.ts';
import type { Booking } from './booking.ts';
import { saveBooking } from './save-booking.ts';
import { SlotHold } from './slot-hold.ts';

/** What follows once the arbiter has given a hold's time to its booking: the same for deposits and confirmations. */
export async function becomeConfirmed(
  tx: Transaction,
  scheduling: Scheduling,
  { hold, booking, actor, now }: { hold: SlotHold; booking: Booking; actor: Actor; now: Date },
): Promise<void> {
  booking.confirm();
  await saveBooking(tx, booking);
  await tx.manager.update(SlotHold, { id: hold.id }, { status: 'CONSUMED' });
  await planReminder(tx, scheduling, { booking, now });
  await publish(tx, 'booking.confirmed', {
    bookingId: booking.id,
    holdId: hold.id,
    clientId: booking.clientId,
    providerId: booking.providerId,
    serviceId: booking.serviceId,
    startsAt: booking.startsAt.toISOString(),
    endsAt: booking.endsAt.toISOString(),
    timeZone: booking.timeZone,
    version: booking.version,
  });
  await tellBothSides(tx, booking, { template: 'booking-confirmed', now });
  await recordChange(tx, {
    actor,
    action: 'booking_confirmed',
    subject: { type: 'Booking', id: booking.id },
    dataSubjectId: booking.clientId,
    at: now,
    details: { version: String(booking.version) },
  });
}
