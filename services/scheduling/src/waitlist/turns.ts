import type { Zone } from '../availability/engine/zone.ts';
import { localDay } from '../availability/engine/working-time.ts';
import { MINUTES_PER_DAY } from '../availability/engine/zone.ts';

/** What somebody waits for, on the wall of their zone. */
export interface Wish {
  readonly zone: Zone;
  /** Local dates, both included. */
  readonly windows: readonly { readonly from: string; readonly to: string }[];
  /** Minutes after midnight: the appointment starts in [earliest, latest). */
  readonly earliestMinute: number;
  readonly latestMinute: number;
}

/** Whether a start, in epoch minutes, is one that somebody waits for. */
export function suits(wish: Wish, startMinute: number): boolean {
  const day = localDay(wish.zone, startMinute);
  const minuteOfDay = startMinute + wish.zone.offsetAt(startMinute) - day * MINUTES_PER_DAY;
  if (minuteOfDay < wish.earliestMinute || minuteOfDay >= wish.latestMinute) return false;
  const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
  return wish.windows.some(({ from, to }) => from <= date && date <= to);
}

/** The instant at which the last of some windows is over: local midnight after it. */
export function endOfWish({ zone, windows }: Pick<Wish, 'zone' | 'windows'>): Date {
  const last = Math.max(...windows.map(({ to }) => Date.parse(`${to}T00:00:00Z`) / 86_400_000));
  return new Date(zone.instantOf((last + 1) * MINUTES_PER_DAY) * 60_000);
}

/** Long enough to see the message and find a card. */
const ANSWER_MINUTES_MIN = 15;
/** Overnight, but no longer: others wait as well. */
const ANSWER_MINUTES_MAX = 12 * 60;

/**
 * How many minutes somebody has to answer: a quarter of the time that is left until the appointment could no longer be
 * booked, so that three more can be asked. Null when there is too little left to ask anybody fairly.
 */
export function minutesToAnswer(offer: {
  now: Date;
  startsAt: Date;
  minimumLeadMinutes: number;
}): number | null {
  const left = (offer.startsAt.getTime() - offer.now.getTime()) / 60_000 - offer.minimumLeadMinutes;
  if (left < ANSWER_MINUTES_MIN) return null;
  return Math.floor(Math.min(ANSWER_MINUTES_MAX, Math.max(ANSWER_MINUTES_MIN, left / 4)));
}

/** Whoever lets this many offers lapse waits no longer: each kept a time from others for hours. */
export const LAPSES_MAX = 3;
