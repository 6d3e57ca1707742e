import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { noteEvidence } from '../disputes/evidence.ts';
import { noteBooking, settlePaymentsOf } from './note-booking.ts';

/** The slot is the client's: the deposit is taken. */
export const onBookingConfirmed =
  (payments: Payments): EventHandler<'booking.confirmed'> =>
  async (tx, { payload, occurredAt }) => {
    await noteBooking(payments, tx, { ...payload, outcome: 'CONFIRMED' });
    await noteEvidence(tx, payload.bookingId, { kind: 'CONFIRMED', happenedAt: occurredAt });
    await settlePaymentsOf(payments, tx, payload.bookingId);
  };
