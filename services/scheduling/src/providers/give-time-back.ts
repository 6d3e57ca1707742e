import type { Transaction } from '@kept/database';
import { blockTime, unblockTime } from './block-time.ts';
import { blockOfClosure, readClosures } from './closure.ts';
import { blockOfTimeOff, type TimeOffRow } from './time-off.ts';

/**
 * Ends an absence in the arbiter. Where another one covers the same time, it had left that time to this one, and takes
 * it now. The absence's own row must be gone already.
 */
export async function giveTimeBack(
  tx: Transaction,
  absence: { id: string; startsAt: Date; endsAt: Date },
  now: Date,
): Promise<void> {
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

  async function refill(block: Parameters<typeof blockTime>[1]): Promise<void> {
    await blockTime(tx, block, { now, mayGoOn });
  }
}
