import type { Transaction } from '@kept/database';
import { findBooking } from '../bookings/find-booking.ts';
import type { Booking } from '../bookings/booking.ts';

/**
 * Gives back the credit of a booking that will not take place, unless the client called it off too late: the credit
 * follows the money, and comes back when all of a deposit would. Once; a booking that still stands keeps it.
 */
export async function returnCredit(
  tx: Transaction,
  bookingId: string,
  { now, refundPercent }: { now: Date; refundPercent: number },
): Promise<void> {
  const paid = await tx.query('SELECT FROM pass_redemption WHERE booking_id = $1 AND returned_at IS NULL', [
    bookingId,
  ]);
  if (paid.length === 0) return;
  const booking = await findBooking(tx, bookingId);
  if (booking === null || !isGivenBack(booking, refundPercent)) return;
  await tx.query(
    'UPDATE pass_redemption SET returned_at = $2 WHERE booking_id = $1 AND returned_at IS NULL',
    [bookingId, now],
  );
}

/** What is called off in time, declined, not answered or called off by the business costs nothing. */
function isGivenBack(booking: Booking, refundPercent: number): boolean {
  if (booking.status === 'DECLINED' || booking.status === 'EXPIRED') return true;
  if (booking.status !== 'CANCELLED') return false;
  return booking.cancelledBy !== 'CLIENT' || refundPercent === 100;
}
