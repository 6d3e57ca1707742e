import { deadlineBefore } from '../availability/engine/deadline.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { Booking } from './booking.ts';

/** All of the deposit up to and at the deadline on the appointment's own calendar, nothing after it. */
export function refundPercentAt(booking: Booking, now: Date): number {
  const start = booking.startsAt.getTime() / 60_000;
  const deadline = deadlineBefore(openZone(booking.timeZone), start, booking.cancellationWindowMinutes);
  return now.getTime() <= deadline * 60_000 ? 100 : 0;
}
