import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { blockTime, unblockTime } from './block-time.ts';
import { blockOfClosure, readClosures } from './closure.ts';
import { blockOfTimeOff, type TimeOffRow } from './time-off.ts';

/** The longest appointment with its buffers: what starts that much earlier may need the time as well. */
const REACH_MS = 2 * 86_400_000;

/**
 * Ends an absence in the arbiter. Where another one covers the same time, it had left that time to this one, and takes
 * it now. The absence's own row must be gone already.
 */
export async function giveTimeBack(
  tx: Transaction,
  { scheduling, clock }: Pick<SchedulingContext, 'scheduling' | 'clock'>,
  absence: { id: string; startsAt: Date; endsAt: Date },
): Promise<void> {
  const now = clock();
  await unblockTime(tx, absence.id);
  const overlapping = { from: absence.startsAt, to: absence.endsAt };
  const timeOff = await tx.query<TimeOffRow>(
    `SELECT id, provider_id AS "providerId", starts_at AS "startsAt", ends_at AS "endsAt",
            first_day::text AS "firstDay", last_day::text AS "lastDay"
     FROM time_off WHERE starts_at < $2 AND ends_at > $1 ORDER BY provider_id, starts_at`,
    [overlapping.from, overlapping.to],
  );
  const mayGoOn = (): Promise<void> => Promise.resolve();
  for (const closure of await readClosures(tx, overlapping)) {
    await refill(await blockOfClosure(tx, closure));
  }
  for (const row of timeOff) await refill(blockOfTimeOff(row));
  const { organizationId } = tx;
  invariant(organizationId, 'absences are of an organization');
  // Who waits for a time is thought of as when an appointment is called off (waitlist/note-freed-time.ts).
  const around = { from: new Date(absence.startsAt.getTime() - REACH_MS), to: absence.endsAt };
  tx.afterCommit(() => scheduling.wakeWaitlist({ organizationId, at: now, around }));

  async function refill(block: Parameters<typeof blockTime>[1]): Promise<void> {
    await blockTime(tx, block, { now, mayGoOn });
  }
}
