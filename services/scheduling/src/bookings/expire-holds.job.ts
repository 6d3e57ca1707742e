import type { Transaction } from '@kept/database';
import { defineJob, handler, type Handler } from '@kept/jobs';
import { byItself } from '../audit/actor.ts';
import { lockTimesOf } from '../offers/counters-gate.ts';
import { expirePurchases } from '../passes/pass-purchase.ts';
import type { Scheduling } from '../scheduling.ts';
import { Booking } from './booking.ts';
import { letExpire } from './let-expire.ts';

/**
 * For holds this is hygiene only: one ends by its time, in the statement that takes the slot next. Requests that nobody
 * decided about block their time until this has run.
 */
export const expireHolds = defineJob({ name: 'expire-holds', attempts: 1 });
const BATCH = 200;

// Each half is read from its own partial index, in order; joined by OR they would read every booking there is.
const OVER = `
(SELECT booking_id AS id FROM slot_hold WHERE status = 'LIVE' AND expires_at <= $1 ORDER BY expires_at LIMIT ${BATCH})
UNION ALL
(SELECT id FROM booking WHERE status IN ('PENDING_REVIEW', 'PENDING_APPROVAL') AND decide_by <= $1
 ORDER BY decide_by LIMIT ${BATCH})`;

export const expireHoldsHandler = (scheduling: Scheduling): Handler =>
  handler(expireHolds, () =>
    scheduling.database.forEachOrganization(expireHolds.name, async (tx) => {
      await sweepHolds(tx, scheduling, scheduling.clock());
      await expirePurchases(tx, scheduling.clock());
    }),
  );

/** Tidies up what has run out in one organization; what is in somebody's hands is left for the next sweep. */
export async function sweepHolds(tx: Transaction, scheduling: Scheduling, now: Date): Promise<void> {
  const found = await tx.query<{ id: string }>(OVER, [now]);
  if (found.length === 0) return;
  const bookings = await tx.manager
    .createQueryBuilder(Booking, 'booking')
    .where('booking.id IN (:...ids)', { ids: found.map(({ id }) => id) })
    .setLock('pessimistic_write')
    .setOnLocked('skip_locked')
    .getMany();
  const ids = bookings.map(({ id }) => id);
  if (ids.length > 1) await lockTimesOf(tx, ids);
  const actor = byItself(expireHolds.name);
  for (const booking of bookings) {
    // Between its being found and its being locked it may have been kept longer or decided about.
    const over = booking.status !== 'EXPIRED' && booking.statusAt(now) === 'EXPIRED';
    if (over) await letExpire(tx, scheduling, { booking, actor, now });
  }
}
