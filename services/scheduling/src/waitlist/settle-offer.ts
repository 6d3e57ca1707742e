import type { Transaction } from '@kept/database';
import { findBooking } from '../bookings/find-booking.ts';
import type { Booking } from '../bookings/booking.ts';
import { tellOfOffer } from './tell-of-offer.ts';
import { LAPSES_MAX } from './turns.ts';

/**
 * What becomes of an offer whose hold came to nothing. Whoever let it lapse goes behind all who have not, and the third
 * time waits no longer; whoever said no keeps their place. The booking is locked by whoever calls.
 */
export async function settleOffer(tx: Transaction, bookingId: string, now: Date): Promise<void> {
  const open = await tx.query("SELECT FROM waitlist_offer WHERE booking_id = $1 AND status = 'OPEN'", [
    bookingId,
  ]);
  if (open.length === 0) return;
  const booking = await findBooking(tx, bookingId);
  // Moved or still held: nothing has come to an end.
  if (booking === null || (booking.status !== 'EXPIRED' && booking.status !== 'CANCELLED')) return;
  const lapsed = booking.status === 'EXPIRED';
  const [offer] = await tx.query<{ entry_id: string; answer_by: Date }>(
    `UPDATE waitlist_offer SET status = $2, settled_at = $3 WHERE booking_id = $1 AND status = 'OPEN'
     RETURNING entry_id, answer_by`,
    [bookingId, lapsed ? 'LAPSED' : 'DECLINED', now],
  );
  if (offer === undefined) return;
  await tx.query(
    `UPDATE waitlist_entry SET version = version + 1, lapses = lapses + $2,
       turn_since = CASE WHEN $2 = 1 THEN $3 ELSE turn_since END,
       status = CASE WHEN lapses + $2 >= ${LAPSES_MAX} OR ends_at <= $3 THEN 'ENDED' ELSE 'WAITING' END
     WHERE id = $1 AND status = 'OFFERED'`,
    [offer.entry_id, lapsed ? 1 : 0, now],
  );
  if (lapsed)
    await tellOfOffer(tx, booking, { template: 'waitlist-offer-ended', offerUntil: offer.answer_by });
}

/**
 * A client has what they waited for: the offer they took, or any time of the service that one of their entries waits
 * for. Those entries end. Called for every booking that its client has done all for.
 */
export async function endWaiting(tx: Transaction, booking: Booking, now: Date): Promise<void> {
  await tx.query(
    `WITH accepted AS (
       UPDATE waitlist_offer SET status = 'ACCEPTED', settled_at = $6 WHERE booking_id = $1 AND status = 'OPEN')
     UPDATE waitlist_entry e SET status = 'BOOKED', version = version + 1
     WHERE (e.status = 'OFFERED' AND e.id = (SELECT entry_id FROM waitlist_offer WHERE booking_id = $1))
        OR (e.status = 'WAITING' AND e.client_id = $2 AND e.service_id = $3
            AND (e.provider_id IS NULL OR e.provider_id = $4)
            AND EXISTS (SELECT FROM waitlist_window w WHERE w.entry_id = e.id
              AND ($5::timestamptz AT TIME ZONE e.time_zone)::date BETWEEN w.from_date AND w.to_date))`,
    [booking.id, booking.clientId, booking.serviceId, booking.providerId, booking.startsAt, now],
  );
}
