import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { releaseBookedWindows, releaseHeldWindows } from '../arbiter/release-windows.ts';
import type { Actor } from '../audit/actor.ts';
import { tellClient } from '../messages/tell-both-sides.ts';
import { dropCapacity, lapseCapacity } from '../offers/claim-capacity.ts';
import { readClaims } from '../offers/read-claims.ts';
import type { Scheduling } from '../scheduling.ts';
import { noteFreedTime } from '../waitlist/note-freed-time.ts';
import type { Booking } from './booking.ts';
import { saveBooking } from './save-booking.ts';
import { SlotHold } from './slot-hold.ts';

/** The time of a locked booking has run out: its hold, or the time that the business had to decide. Nothing is kept. */
export async function letExpire(
  tx: Transaction,
  scheduling: Scheduling,
  { booking, actor, now }: { booking: Booking; actor: Actor; now: Date },
): Promise<void> {
  const undecided = booking.isUndecided();
  const hold = await tx.manager.findOneOrFail(SlotHold, { where: { bookingId: booking.id } });
  booking.expire();
  const action = undecided ? 'booking_not_decided_in_time' : 'slot_hold_expired';
  await saveBooking(tx, booking, { scheduling, actor, action, now });
  const had = await readClaims(tx, booking.id);
  if (undecided) {
    await releaseBookedWindows(tx, booking.id);
    await dropCapacity(tx, had);
  } else {
    await tx.manager.update(SlotHold, { id: hold.id }, { status: 'EXPIRED' });
    await releaseHeldWindows(tx, [hold.id]);
    await lapseCapacity(tx, had);
  }
  if (undecided) {
    if (booking.depositMinor !== null)
      await publish(tx, 'booking.refused', { bookingId: booking.id, holdId: hold.id, reason: 'NOT_DECIDED' });
    await tellClient(tx, booking, { template: 'booking-expired' });
  }
  await noteFreedTime(tx, scheduling, { freed: booking, now });
}
