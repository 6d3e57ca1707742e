import type { Transaction } from '@kept/database';
import { In } from 'typeorm';
import { Booking } from '../bookings/booking.ts';
import type { TakenRow } from './block-time.ts';

/** So many are shown; who is away for a year wants to see the first of them. */
const BOOKINGS_SHOWN_MAX = 100;

const BOOKINGS = `
SELECT b.id FROM booking b
WHERE b.id = ANY ($1::uuid[])
   OR b.id IN (SELECT h.booking_id FROM slot_hold h WHERE h.id = ANY ($1::uuid[]))
   OR b.id IN (SELECT s.booking_id FROM session_seat s WHERE s.session_id = ANY ($1::uuid[]) AND (s.expires_at IS NULL OR s.expires_at > $2))
ORDER BY b.starts_at, b.id LIMIT $3`;

/** Which of what takes the time is an appointment, and not another absence. */
export async function findCollidingBookings(
  tx: Transaction,
  taken: readonly TakenRow[],
  now: Date,
): Promise<Booking[]> {
  if (taken.length === 0) return [];
  const owners = [...new Set(taken.map((row) => row.owner_id))];
  const found = await tx.query<{ id: string }>(BOOKINGS, [owners, now, BOOKINGS_SHOWN_MAX]);
  if (found.length === 0) return [];
  return tx.manager.find(Booking, {
    where: { id: In(found.map(({ id }) => id)) },
    order: { startsAt: 'ASC', id: 'ASC' },
  });
}
