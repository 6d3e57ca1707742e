import type { Transaction } from '@kept/database';
import { defineJob, handler, type Handler } from '@kept/jobs';
import { releaseHeldWindows } from '../arbiter/release-windows.ts';
import { byItself, recordChange } from '../audit/record-change.ts';
import type { Scheduling } from '../scheduling.ts';
import { Booking } from './booking.ts';
import { saveBooking } from './save-booking.ts';
import { SlotHold } from './slot-hold.ts';

/** Hygiene only: a hold ends by its time, in the statement that takes the slot next. */
export const expireHolds = defineJob({ name: 'expire-holds', attempts: 1 });
const BATCH = 200;

export const expireHoldsHandler = (scheduling: Scheduling): Handler =>
  handler(expireHolds, () =>
    scheduling.database.forEachOrganization(expireHolds.name, (tx) => sweepHolds(tx, scheduling.clock())),
  );

/** Tidies up the holds of one organization that have run out; those in somebody's hands are left for the next sweep. */
export async function sweepHolds(tx: Transaction, now: Date): Promise<void> {
  const bookings = await tx.manager
    .createQueryBuilder(Booking, 'booking')
    .where('booking.status IN (:...pending)', { pending: ['PENDING_PAYMENT', 'PENDING_CONFIRMATION'] })
    .andWhere(
      `booking.id IN (SELECT booking_id FROM slot_hold WHERE status = 'LIVE' AND expires_at <= :now
                      ORDER BY expires_at LIMIT ${BATCH})`,
      { now },
    )
    .setLock('pessimistic_write')
    .setOnLocked('skip_locked')
    .getMany();
  for (const booking of bookings) {
    const hold = await tx.manager.findOneOrFail(SlotHold, { where: { bookingId: booking.id } });
    booking.expire();
    await saveBooking(tx, booking);
    await tx.manager.update(SlotHold, { id: hold.id }, { status: 'EXPIRED' });
    await releaseHeldWindows(tx, [hold.id]);
    await recordChange(tx, {
      actor: byItself(expireHolds.name),
      action: 'slot_hold_expired',
      subject: { type: 'Booking', id: booking.id },
      dataSubjectId: booking.clientId,
      at: now,
    });
  }
}
