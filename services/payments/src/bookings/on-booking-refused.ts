import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { BookingReference } from './booking-reference.ts';
import { settlePaymentsOf, takeOutcome } from './note-booking.ts';

/** The slot was lost: the reservation is released, or the money given back when it was taken already. */
export const onBookingRefused =
  (payments: Payments): EventHandler<'booking.refused'> =>
  async (tx, { payload }) => {
    const booking = await tx.manager.findOne(BookingReference, {
      where: { bookingId: payload.bookingId },
      lock: { mode: 'pessimistic_write' },
    });
    // Without a quote used here there is no money that could be concerned.
    if (booking === null) return;
    takeOutcome(booking, { outcome: 'REFUSED' });
    await tx.manager.save(booking);
    await settlePaymentsOf(payments, tx, payload.bookingId);
  };
