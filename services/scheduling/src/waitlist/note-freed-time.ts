import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';

/** What time became free, by the booking that had it. */
export type FreedTime = Pick<
  Booking,
  'id' | 'organizationId' | 'serviceId' | 'providerId' | 'locationId' | 'startsAt' | 'endsAt'
>;

/** Hears of every time that became free, in the transaction that freed it. */
export function noteFreedTime(_tx: Transaction, _freed: FreedTime, _now: Date): Promise<void> {
  return Promise.resolve();
}
