import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import { BookingReference, type BookingOutcome } from './booking-reference.ts';

/** Later ones win; the same or an earlier one that arrives late changes nothing. */
const RANK: Readonly<Record<BookingOutcome, number>> = {
  HELD: 0,
  CONFIRMED: 1,
  COMPLETED: 2,
  REFUSED: 3,
  CANCELLED: 3,
};

export interface BookingNews {
  bookingId: string;
  clientId: string;
  providerId: string;
  outcome: BookingOutcome;
  refundPercent?: number;
  /** Counts the changes of a booking; 0 is what the quote says. */
  version: number;
}

/** Learns of a booking, from a quote or an event, in whichever order they come. The row stays locked. */
export async function noteBooking(
  payments: Payments,
  tx: Transaction,
  news: BookingNews,
): Promise<BookingReference> {
  await knowOrganization(tx);
  await tx.query(
    `INSERT INTO booking_reference (booking_id, organization_id, client_id, provider_id, outcome, created_at)
     VALUES ($1, $2, $3, $4, 'HELD', $5) ON CONFLICT ON CONSTRAINT booking_is_referred_to_once DO NOTHING`,
    [news.bookingId, tx.organizationId, news.clientId, news.providerId, payments.clock()],
  );
  const booking = await tx.manager.findOneOrFail(BookingReference, {
    where: { bookingId: news.bookingId },
    lock: { mode: 'pessimistic_write' },
  });
  if (news.version > booking.bookingVersion) {
    booking.providerId = news.providerId;
    booking.bookingVersion = news.version;
  }
  takeOutcome(booking, news);
  return tx.manager.save(booking);
}

export function takeOutcome(
  booking: BookingReference,
  { outcome, refundPercent }: { outcome: BookingOutcome; refundPercent?: number },
): void {
  if (RANK[outcome] <= RANK[booking.outcome]) return;
  booking.outcome = outcome;
  booking.refundPercent = refundPercent ?? null;
}

/** The booking may ask something of its payments now: written down for the sweep, and a nudge for the workers. */
export async function settlePaymentsOf(
  payments: Payments,
  tx: Transaction,
  bookingId: string,
): Promise<void> {
  const rows = await tx.query<{ id: string; organization_id: string }>(
    'UPDATE payment SET settle_due_at = $2 WHERE booking_id = $1 RETURNING id, organization_id',
    [bookingId, payments.clock()],
  );
  tx.afterCommit(() => {
    for (const { id, organization_id: organizationId } of rows) {
      payments.settleSoon({ organizationId, paymentId: id });
    }
  });
}
