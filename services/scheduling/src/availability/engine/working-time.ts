import { mergeSpans, type Span, type Spans } from './intervals.ts';
import { MINUTES_PER_DAY, type Zone } from './zone.ts';

/**
 * A wall-clock window of one local day, in minutes after midnight. An end before its start is the next day
 * (a night shift is one rule); 23:59 and 24:00 as an end mean midnight; start = end means closed.
 */
export interface DayWindow {
  readonly startMinute: number;
  readonly endMinute: number;
}

export interface WeeklyRule extends DayWindow {
  /** 0 = Sunday. */
  readonly dayOfWeek: number;
}

/** Replaces every weekly window that starts on this local date. */
export interface DateOverride extends DayWindow {
  /** Days since 1970-01-01 of the local date. */
  readonly epochDay: number;
}

export interface WorkingTime {
  readonly zone: Zone;
  readonly rules: readonly WeeklyRule[];
  readonly overrides: readonly DateOverride[];
  /** When the provider is away or the business closed, whatever the week says: instants, sorted and apart. */
  readonly away?: Spans;
}

/** When the provider works between two instants: merged windows, cut to [from, to). */
export function workingSpans(time: WorkingTime, range: Span): number[] {
  const byWeekday = groupBy(time.rules, (rule) => rule.dayOfWeek);
  const byDate = groupBy(time.overrides, (override) => override.epochDay);
  // A window of the day before may reach in overnight, and a gap can move it further; one more day is safe.
  const firstDay = localDay(time.zone, range.start) - 2;
  const lastDay = localDay(time.zone, range.end) + 1;
  const spans: Span[] = [];
  for (let day = firstDay; day <= lastDay; day += 1) {
    for (const window of byDate.get(day) ?? byWeekday.get(weekdayOf(day)) ?? []) {
      const span = windowOn(time.zone, day, window);
      const start = Math.max(span.start, range.start);
      const end = Math.min(span.end, range.end);
      if (end > start) spans.push({ start, end });
    }
  }
  return mergeSpans(spans);
}

/** The local date at an instant, in days since 1970-01-01. */
export function localDay(zone: Zone, epochMinute: number): number {
  return Math.floor((epochMinute + zone.offsetAt(epochMinute)) / MINUTES_PER_DAY);
}

function windowOn(zone: Zone, day: number, window: DayWindow): Span {
  const midnight = day * MINUTES_PER_DAY;
  const { startMinute } = window;
  let endMinute = window.endMinute === MINUTES_PER_DAY - 1 ? MINUTES_PER_DAY : window.endMinute;
  if (endMinute < startMinute) endMinute += MINUTES_PER_DAY;
  return { start: zone.instantOf(midnight + startMinute), end: zone.instantOf(midnight + endMinute) };
}

/** 1970-01-01 was a Thursday. */
function weekdayOf(epochDay: number): number {
  return (((epochDay + 4) % 7) + 7) % 7;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
