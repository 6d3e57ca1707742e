import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { invariant } from '@kept/subgraph-kit';
import { releaseBookedWindows, releaseHeldWindows } from '../arbiter/release-windows.ts';
import type { Actor } from '../audit/actor.ts';
import { tellBothSides } from '../messages/tell-both-sides.ts';
import { dropCapacity } from '../offers/claim-capacity.ts';
import { readFees } from '../offers/fee.ts';
import { readClaims } from '../offers/read-claims.ts';
import { dropReminders } from '../reminders/plan-reminder.ts';
import type { Scheduling } from '../scheduling.ts';
import { noteFreedTime } from '../waitlist/note-freed-time.ts';
import { textPlace } from './booking-texts.ts';
import type { Booking } from './booking.ts';
import { saveBooking } from './save-booking.ts';
import { SlotHold } from './slot-hold.ts';

interface CallingOff {
  readonly booking: Booking;
  readonly by: 'CLIENT' | 'STAFF' | 'SYSTEM';
  readonly actor: Actor;
  /** In the person's words; kept encrypted. */
  readonly reason: string | null;
  /** How much of the deposit goes back. */
  readonly refundPercent: number;
  /** The client calls it off after its deadline, and nobody makes an exception. */
  readonly late?: boolean;
  readonly now: Date;
  /** A code, when it is called off by something else than a person. */
  readonly reasonCode?: string;
}

/** Calls off a locked booking that is held, waits for a decision or stands, and frees its time in the same transaction. */
export async function callOff(tx: Transaction, scheduling: Scheduling, off: CallingOff): Promise<void> {
  const { booking, by, actor, now, refundPercent } = off;
  const was = booking.status;
  const wasHeld = booking.isHeld();
  booking.cancel(by);
  if (off.reason !== null) {
    const place = textPlace(booking, 'cancellation_reason');
    booking.cancellationReason = await scheduling.keyring.seal(tx, place, off.reason);
  }
  await saveBooking(tx, booking, {
    scheduling,
    actor,
    action: wasHeld ? 'slot_released' : 'booking_cancelled',
    now,
    ...(off.reasonCode !== undefined && { reasonCode: off.reasonCode }),
    details: { refundPercent: String(refundPercent) },
  });
  const hold = await tx.manager.findOne(SlotHold, { where: { bookingId: booking.id } });
  const had = await readClaims(tx, booking.id);
  if (wasHeld) {
    invariant(hold, 'what is held has its hold');
    await tx.manager.update(SlotHold, { id: hold.id }, { status: 'RELEASED' });
    await releaseHeldWindows(tx, [hold.id]);
  } else {
    await releaseBookedWindows(tx, booking.id);
    await dropReminders(tx, booking.id, 'CANCELLED');
  }
  await dropCapacity(tx, had);
  if (was === 'CONFIRMED') {
    await publish(tx, 'booking.cancelled', {
      bookingId: booking.id,
      clientId: booking.clientId,
      providerId: booking.providerId,
      cancelledBy: by,
      refundPercent,
      version: booking.version,
      ...(off.late === true && { late: true, ...(await lateFee(tx, booking)) }),
    });
  } else if (!wasHeld && hold !== null && booking.depositMinor !== null) {
    // It waited for a decision and never stood, so nothing of its deposit was ever owed: payments lets the money go.
    await publish(tx, 'booking.refused', { bookingId: booking.id, holdId: hold.id, reason: 'CANCELLED' });
  }
  if (!wasHeld) {
    const more = { refundPercent: String(refundPercent) };
    await tellBothSides(tx, booking, { template: 'booking-cancelled', now, more });
  }
  await noteFreedTime(tx, scheduling, { freed: booking, now, refundPercent });
}

async function lateFee(tx: Transaction, booking: Booking): Promise<{ feeMinor: number } | null> {
  const { lateCancellationFeeMinor: feeMinor } = await readFees(tx, booking.id);
  return feeMinor === null ? null : { feeMinor };
}
