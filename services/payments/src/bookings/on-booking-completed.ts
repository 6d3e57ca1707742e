import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { BookingReference } from './booking-reference.ts';
import { settlePaymentsOf, takeOutcome } from './note-booking.ts';

/** The appointment is over: what was taken for it is earned, whether the client came or not; less what the rules give back. */
export const onBookingCompleted =
  (payments: Payments): EventHandler<'booking.completed'> =>
  async (tx, { payload }) => {
    const booking = await tx.manager.findOne(BookingReference, {
      where: { bookingId: payload.bookingId },
      lock: { mode: 'pessimistic_write' },
    });
    // The confirmation is still on its way: the event comes again (the inbox retries what fails).
    if (booking === null) throw new Error(`booking ${payload.bookingId} is not known here yet`);
    const { refundPercent, attended } = payload;
    const outcome = 'COMPLETED';
    takeOutcome(booking, { outcome, attended, ...(refundPercent !== undefined && { refundPercent }) });
    await tx.manager.save(booking);
    await settlePaymentsOf(payments, tx, payload.bookingId);
  };
