import type { Transaction } from '@kept/database';
import type { EventHandler } from '@kept/events';
import type { Payments } from '../context.ts';
import { authorizeAtFor } from '../payments/choose-collection.ts';
import { noteEvidence } from '../disputes/evidence.ts';
import { askForDifference } from './ask-for-difference.ts';
import type { BookingReference } from './booking-reference.ts';
import { noteBooking, settlePaymentsOf } from './note-booking.ts';

/**
 * The money stays where it is, and what is reserved for later is reserved when the new time asks for it. Who the provider
 * is may have changed, and with it who may see the payment's state. Where everything had been paid and the new time costs
 * more, the difference is charged if the client agreed to that, else asked for; where it costs less, settlement gives back.
 */
export const onBookingRescheduled =
  (payments: Payments): EventHandler<'booking.rescheduled'> =>
  async (tx, { payload, occurredAt }) => {
    const { bookingId } = payload;
    const [before] = await tx.query<{ price: string | null }>(
      'SELECT price_minor AS price FROM booking_reference WHERE booking_id = $1 FOR UPDATE',
      [bookingId],
    );
    const booking = await noteBooking(payments, tx, { ...payload, outcome: 'CONFIRMED' });
    await noteEvidence(tx, bookingId, { kind: 'RESCHEDULED', happenedAt: occurredAt });
    await moveReservations(tx, booking);
    await settlePaymentsOf(payments, tx, bookingId);
    const had = before?.price == null ? null : BigInt(before.price);
    if (had !== null) await askForDifference(payments, tx, { booking, had });
  };

async function moveReservations(tx: Transaction, { bookingId, startsAt }: BookingReference): Promise<void> {
  if (startsAt === null) return;
  await tx.query(
    `UPDATE payment SET authorize_at = $2
     WHERE booking_id = $1 AND status = 'CREATED' AND authorize_at IS NOT NULL`,
    [bookingId, authorizeAtFor(startsAt)],
  );
}
