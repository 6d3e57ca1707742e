import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import type { Scheduling } from '../scheduling.ts';

/** A code that says which rule found a booking odd. */
export type SuspicionCode = string;

/** What is odd about a booking that is about to stand; with any, a person looks at it first. */
export function findSuspicions(
  _tx: Transaction,
  _scheduling: Scheduling,
  _asked: { booking: Booking; now: Date },
): Promise<readonly SuspicionCode[]> {
  return Promise.resolve([]);
}
