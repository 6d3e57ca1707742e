import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { Booking } from './booking.ts';

/** Writes a change of a booking that was read under lock; the version says that nobody else wrote in between. */
export async function saveBooking(tx: Transaction, booking: Booking): Promise<void> {
  const { affected } = await tx.manager.update(
    Booking,
    { id: booking.id, version: booking.version - 1 },
    {
      status: booking.status,
      version: booking.version,
      startsAt: booking.startsAt,
      endsAt: booking.endsAt,
      rescheduleCount: booking.rescheduleCount,
      cancelledBy: booking.cancelledBy,
      cancellationReason: booking.cancellationReason,
    },
  );
  invariant(affected === 1, 'a locked booking is written once per change');
}
