import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import { returnCredit } from '../passes/return-credit.ts';
import type { Scheduling } from '../scheduling.ts';
import { settleOffer } from './settle-offer.ts';

/** What time became free, by the booking that had it. */
export type FreedTime = Pick<
  Booking,
  'id' | 'organizationId' | 'serviceId' | 'providerId' | 'locationId' | 'startsAt' | 'endsAt'
>;

/** The longest appointment with its buffers: what starts that much earlier may need the time as well. */
const REACH_MS = 2 * 86_400_000;

/**
 * Hears of every time that became free, in the transaction that freed it: what was offered or paid with it is settled,
 * and whoever waits is thought of as soon as the change is durable. A lost wake is found by the sweep.
 */
export async function noteFreedTime(
  tx: Transaction,
  scheduling: Pick<Scheduling, 'wakeWaitlist'>,
  { freed, now, refundPercent = 100 }: { freed: FreedTime; now: Date; refundPercent?: number },
): Promise<void> {
  await returnCredit(tx, freed.id, { now, refundPercent });
  await settleOffer(tx, freed.id, now);
  const around = { from: new Date(freed.startsAt.getTime() - REACH_MS), to: freed.endsAt };
  const { organizationId } = freed;
  tx.afterCommit(() => scheduling.wakeWaitlist({ organizationId, at: now, around }));
}
