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
  // What is not said stays as it is known: an older scheduling says less.
  locationId?: string | null | undefined;
  startsAt?: string | undefined;
  endsAt?: string | undefined;
  timeZone?: string | undefined;
  priceMinor?: number | undefined;
  currency?: string | undefined;
  noShowFeeMinor?: number | undefined;
  lateCancellationFeeMinor?: number | undefined;
  late?: boolean | undefined;
  feeMinor?: number | undefined;
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
  const isNewer = news.version > booking.bookingVersion;
  if (isNewer) {
    booking.providerId = news.providerId;
    booking.bookingVersion = news.version;
  }
  takeDetails(booking, news, isNewer);
  takeOutcome(booking, news);
  return tx.manager.save(booking);
}

/** What newer news say counts; older ones fill what nobody has said yet. */
function takeDetails(booking: BookingReference, news: BookingNews, isNewer: boolean): void {
  const minor = (amount: number | undefined) => (amount === undefined ? undefined : BigInt(amount));
  const instant = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  const said = {
    locationId: news.locationId,
    startsAt: instant(news.startsAt),
    endsAt: instant(news.endsAt),
    timeZone: news.timeZone,
    priceMinor: minor(news.priceMinor),
    currency: news.currency,
    noShowFeeMinor: minor(news.noShowFeeMinor),
    lateCancellationFeeMinor: minor(news.lateCancellationFeeMinor),
    cancelledLate: news.late,
    cancellationFeeMinor: minor(news.feeMinor),
  };
  for (const [name, value] of Object.entries(said)) {
    const known: unknown = Reflect.get(booking, name);
    if (value !== undefined && (isNewer || known === null)) Reflect.set(booking, name, value);
  }
}

export function takeOutcome(
  booking: BookingReference,
  {
    outcome,
    refundPercent,
    attended,
  }: { outcome: BookingOutcome; refundPercent?: number; attended?: boolean },
): void {
  if (RANK[outcome] <= RANK[booking.outcome]) return;
  booking.outcome = outcome;
  booking.refundPercent = refundPercent ?? null;
  booking.attended = attended ?? null;
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
