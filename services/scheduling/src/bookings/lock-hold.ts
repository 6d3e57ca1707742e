import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { Booking } from './booking.ts';
import { SlotHold } from './slot-hold.ts';

/** A hold with its booking, both kept from changing. The booking is locked first, as everywhere. */
export async function lockHold(
  tx: Transaction,
  holdId: string,
): Promise<{ hold: SlotHold; booking: Booking } | null> {
  const booking = await tx.manager
    .createQueryBuilder(Booking, 'booking')
    .where('booking.id = (SELECT h.booking_id FROM slot_hold h WHERE h.id = :holdId)', { holdId })
    .setLock('pessimistic_write')
    .getOne();
  if (booking === null) return null;
  const hold = await tx.manager.findOne(SlotHold, { where: { id: holdId } });
  invariant(hold !== null, 'a hold has its booking as long as it exists');
  return { hold, booking };
}
