import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import type { Scheduling } from '../scheduling.ts';
import { gatherFacts } from './gather-facts.ts';
import { judgeBooking, type SuspicionCode } from './judge-booking.ts';

export type { SuspicionCode } from './judge-booking.ts';

/** What is odd about a booking that is about to stand: nothing, or all reasons why a person should look at it first. */
export async function findSuspicions(
  tx: Transaction,
  _scheduling: Scheduling,
  { booking, now }: { booking: Booking; now: Date },
): Promise<readonly SuspicionCode[]> {
  const facts = await gatherFacts(tx, booking, now);
  if (facts === null) return [];
  const { outcome, reasons } = judgeBooking(facts);
  return outcome === 'REVIEW' ? reasons.map(({ code }) => code) : [];
}
