import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import type { LimitReached } from '../bookings/violations.ts';

export const offeredLongEnough: LimitReached = {
  __typename: 'LimitReached',
  message: 'This time cannot be kept for you any longer. Please take it before it ends.',
  limit: 0,
};

/**
 * Whether the hold of an offer would last beyond the notice that its service needs. Whoever waits gets time to answer like
 * anybody who holds a slot, but never so much that the time could no longer be offered to anybody else.
 */
export async function outlivesNotice(tx: Transaction, booking: Booking, expiresAt: Date): Promise<boolean> {
  if (booking.origin !== 'WAITLIST') return false;
  const [service] = await tx.query<{ lead: number }>(
    'SELECT minimum_lead_minutes AS lead FROM service WHERE id = $1',
    [booking.serviceId],
  );
  return expiresAt.getTime() > booking.startsAt.getTime() - (service?.lead ?? 0) * 60_000;
}
