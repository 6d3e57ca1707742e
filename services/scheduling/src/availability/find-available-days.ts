import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readCount } from '../input.ts';
import { readDate } from '../providers/clock-time.ts';
import type { AvailableDaysInput } from '../schema-types.ts';
import { localDay } from './engine/working-time.ts';
import { readZone, readWanted, showOffers, type FreeSlot } from './find-availability.ts';
import { openOffers } from './open-offers.ts';

const DAYS_MAX = 62;
const FIRST_SLOTS_MAX = 3;
const MS_PER_DAY = 86_400_000;

/** A local day of the booker that has free times. */
export interface AvailableDay {
  readonly date: string;
  /** Different starts, whoever offers them. */
  readonly count: number;
  readonly firstSlots: FreeSlot[];
}

/**
 * The days of the booker's calendar that have free times, with the first of each. It is the same for everybody who asks,
 * signed in or not, so that an answer may be kept for a while by whoever shows it; only a hold keeps a time.
 */
export async function findAvailableDays(
  context: SchedulingContext,
  input: AvailableDaysInput,
): Promise<AvailableDay[]> {
  const booker = readZone(input.timeZone);
  const first = Date.parse(readDate(input.firstDay, 'firstDay')) / MS_PER_DAY;
  const days = readCount(input.days ?? DAYS_MAX, { field: 'days', min: 1, max: DAYS_MAX });
  const range = { start: booker.instantOf(first * 1440), end: booker.instantOf((first + days) * 1440) };
  if (range.end <= range.start)
    throw refused.badInput('This day does not exist there.', { field: 'firstDay' });
  const asked = { ...readWanted(input), range, booker, clientId: null, now: context.clock() };
  const { slots } = await inOrganization(context, async (tx) => showOffers(await openOffers(tx, asked)));
  const byDay = new Map<number, FreeSlot[]>();
  for (const slot of slots) {
    const day = localDay(booker, slot.startMinute);
    const own = byDay.get(day);
    if (own === undefined) byDay.set(day, [slot]);
    else if (own.at(-1)?.startMinute !== slot.startMinute) own.push(slot);
  }
  return [...byDay].map(([day, own]) => ({
    date: new Date(day * MS_PER_DAY).toISOString().slice(0, 10),
    count: own.length,
    firstSlots: own.slice(0, FIRST_SLOTS_MAX),
  }));
}
