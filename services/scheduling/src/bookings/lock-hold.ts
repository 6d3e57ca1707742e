import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import type { Booking } from './booking.ts';
import { lockBooking } from './find-booking.ts';
import { SlotHold } from './slot-hold.ts';

/** A hold with its booking, both kept from changing. The booking is locked first, as everywhere. */
export async function lockHold(
  tx: Transaction,
  holdId: string,
): Promise<{ hold: SlotHold; booking: Booking } | null> {
  const found = await tx.manager.findOne(SlotHold, { where: { id: holdId } });
  if (found === null) return null;
  const booking = await lockBooking(tx, found.bookingId);
  const hold = await tx.manager.findOne(SlotHold, { where: { id: holdId } });
  invariant(booking !== null && hold !== null, 'a hold has its booking as long as it exists');
  return { hold, booking };
}
