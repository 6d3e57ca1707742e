import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { noteBooking, settlePaymentsOf } from './note-booking.ts';

/** Scheduling's policy has decided how much goes back; here it is done. */
export const onBookingCancelled =
  (payments: Payments): EventHandler<'booking.cancelled'> =>
  async (tx, { payload }) => {
    await noteBooking(payments, tx, { ...payload, outcome: 'CANCELLED' });
    await settlePaymentsOf(payments, tx, payload.bookingId);
  };
