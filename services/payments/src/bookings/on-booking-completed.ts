import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { noteEvidence } from '../disputes/evidence.ts';
import { noteFee } from '../fees/note-fee.ts';
import { BookingReference } from './booking-reference.ts';
import { settlePaymentsOf, takeOutcome } from './note-booking.ts';

/** The appointment is over: what was taken for it is earned, whether the client came or not; less what the rules give back. */
export const onBookingCompleted =
  (payments: Payments): EventHandler<'booking.completed'> =>
  async (tx, { payload, occurredAt }) => {
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
    await noteFee(tx, booking, payments.clock());
    const kind = attended ? 'ATTENDED' : 'NOT_ATTENDED';
    await noteEvidence(tx, booking.bookingId, { kind, happenedAt: occurredAt });
    await settlePaymentsOf(payments, tx, payload.bookingId);
  };
