import { defineJob, handler, type Handler } from '@kept/jobs';
import { sweepHolds } from '../bookings/expire-holds.job.ts';
import type { Scheduling } from '../scheduling.ts';
import { offerFreeTimes } from './offer-free-times.ts';

/** A time became free, or an offer has run out. A hint: the entries, the offers and the calendar are the truth. */
export const offerTimes = defineJob<{ organizationId: string; around: { from: string; to: string } | null }>({
  name: 'offer-free-times',
});

/** Finds what no hint told of: new hours, an absence that was taken back, a wake that was lost. */
export const sweepWaitlist = defineJob({ name: 'sweep-waitlist', attempts: 1, timeoutMs: 5 * 60_000 });

/** The hold of an offer that has run out is given back first, so that the next in line can have it. */
export async function wakeWaitlist(
  scheduling: Scheduling,
  wake: { organizationId: string; around: { from: string; to: string } | null },
): Promise<void> {
  const { organizationId } = wake;
  const around = wake.around && { from: new Date(wake.around.from), to: new Date(wake.around.to) };
  await scheduling.database.transaction(organizationId, (tx) =>
    sweepHolds(tx, scheduling, scheduling.clock()),
  );
  await scheduling.database.transaction(organizationId, (tx) =>
    offerFreeTimes(tx, scheduling, { now: scheduling.clock(), around }),
  );
}

export const offerTimesHandler = (scheduling: Scheduling): Handler =>
  handler(offerTimes, (wake) => wakeWaitlist(scheduling, wake));

export const sweepWaitlistHandler = (scheduling: Scheduling): Handler =>
  handler(sweepWaitlist, () =>
    scheduling.database.forEachOrganization(sweepWaitlist.name, async (tx) => {
      await offerFreeTimes(tx, scheduling, { now: scheduling.clock(), around: null });
    }),
  );
