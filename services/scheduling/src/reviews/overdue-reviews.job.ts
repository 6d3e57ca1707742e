import type { Transaction } from '@kept/database';
import { defineJob, handler, type Handler } from '@kept/jobs';
import { approveWindows } from '../arbiter/confirm-windows.ts';
import { byItself } from '../audit/actor.ts';
import { announceConfirmed } from '../bookings/announce-confirmed.ts';
import { bookedWindows } from '../bookings/booked-resources.ts';
import { Booking } from '../bookings/booking.ts';
import { letExpire } from '../bookings/let-expire.ts';
import { saveBooking } from '../bookings/save-booking.ts';
import { SlotHold } from '../bookings/slot-hold.ts';
import { lockTimesOf } from '../offers/counters-gate.ts';
import type { Scheduling } from '../scheduling.ts';
import { readReviewPolicy } from './review-policy.ts';

/** Ends reviews that nobody has looked at in time, as the organization wishes: given back, or let through. Denied never. */
export const overdueReviews = defineJob({ name: 'overdue-reviews', attempts: 1 });
const BATCH = 100;

export const overdueReviewsHandler = (scheduling: Scheduling): Handler =>
  handler(overdueReviews, () =>
    scheduling.database.forEachOrganization(overdueReviews.name, (tx) =>
      endOverdueReviews(tx, scheduling, scheduling.clock()),
    ),
  );

/** What a sweep does in one organization; what is in somebody's hands is left for the next. */
export async function endOverdueReviews(tx: Transaction, scheduling: Scheduling, now: Date): Promise<void> {
  const bookings = await tx.manager
    .createQueryBuilder(Booking, 'booking')
    .where(
      `booking.status = 'PENDING_REVIEW' AND booking.id IN (
         SELECT booking_id FROM booking_review WHERE organization_id = :organizationId AND state = 'OPEN'
           AND decide_by <= :now ORDER BY decide_by LIMIT ${BATCH})`,
      { organizationId: tx.organizationId, now },
    )
    .setLock('pessimistic_write')
    .setOnLocked('skip_locked')
    .getMany();
  if (bookings.length === 0) return;
  const ids = bookings.map(({ id }) => id);
  if (ids.length > 1) await lockTimesOf(tx, ids);
  const { whenOverdue } = await readReviewPolicy(tx);
  for (const booking of bookings) {
    const approved =
      whenOverdue === 'APPROVE' &&
      booking.statusAt(now) === 'PENDING_REVIEW' &&
      (await letThrough(tx, scheduling, { booking, now }));
    if (!approved) await letExpire(tx, scheduling, { booking, actor: byItself(overdueReviews.name), now });
  }
}

/** False when its time is not blocked any more: then nothing was done. */
async function letThrough(
  tx: Transaction,
  scheduling: Scheduling,
  { booking, now }: { booking: Booking; now: Date },
): Promise<boolean> {
  const next = booking.approvalRequired ? 'PENDING_APPROVAL' : 'CONFIRMED';
  const windowCount = (await bookedWindows(tx, booking)).length;
  if (next === 'CONFIRMED' && !(await approveWindows(tx, { bookingId: booking.id, windowCount })))
    return false;
  booking.accept(next, now);
  const actor = byItself(overdueReviews.name);
  await saveBooking(tx, booking, {
    scheduling,
    actor,
    action: 'booking_not_reviewed_in_time',
    now,
    reasonCode: 'LET_THROUGH',
  });
  if (next === 'CONFIRMED') {
    const hold = await tx.manager.findOneOrFail(SlotHold, { where: { bookingId: booking.id } });
    await announceConfirmed(tx, scheduling, { holdId: hold.id, booking, now });
  }
  return true;
}
