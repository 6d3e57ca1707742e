import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { noteBooking } from './note-booking.ts';

/** The money stays where it is; who the provider is may have changed, and with it who may see the payment's state. */
export const onBookingRescheduled =
  (payments: Payments): EventHandler<'booking.rescheduled'> =>
  async (tx, { payload }) => {
    await noteBooking(payments, tx, { ...payload, outcome: 'CONFIRMED' });
  };
