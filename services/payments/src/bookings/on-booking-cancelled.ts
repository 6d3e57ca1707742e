import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { noteEvidence } from '../disputes/evidence.ts';
import { noteFee } from '../fees/note-fee.ts';
import { noteBooking, settlePaymentsOf } from './note-booking.ts';

/** Scheduling's policy has decided how much goes back; here it is done. */
export const onBookingCancelled =
  (payments: Payments): EventHandler<'booking.cancelled'> =>
  async (tx, { payload, occurredAt }) => {
    const booking = await noteBooking(payments, tx, { ...payload, outcome: 'CANCELLED' });
    await noteFee(tx, booking, payments.clock());
    const kind = payload.late === true ? 'CANCELLED_LATE' : 'CANCELLED';
    await noteEvidence(tx, payload.bookingId, { kind, happenedAt: occurredAt });
    await settlePaymentsOf(payments, tx, payload.bookingId);
  };
