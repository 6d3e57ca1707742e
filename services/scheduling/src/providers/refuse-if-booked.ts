import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import type { NotDone } from '../settle.ts';
import type { TakenRow } from './block-time.ts';
import { findCollidingBookings } from './find-colliding-bookings.ts';

/** Appointments stand in the time that somebody wants to be away. */
export interface TimeTaken {
  __typename: 'TimeTaken';
  message: string;
  bookings: Booking[];
}

/** What `blockTime` asks before it takes what is free: whether appointments that have the rest forbid it. */
export function refuseIfBooked(
  tx: Transaction,
  rule: { now: Date; despite: boolean; notDone: (outcome: TimeTaken) => NotDone<TimeTaken> },
): (taken: readonly TakenRow[]) => Promise<void> {
  return async (taken) => {
    if (rule.despite) return;
    const bookings = await findCollidingBookings(tx, taken, rule.now);
    if (bookings.length === 0) return;
    throw rule.notDone({
      __typename: 'TimeTaken',
      message:
        'There are appointments at this time. Please move or cancel them first, or add the absence despite them.',
      bookings,
    });
  };
}
