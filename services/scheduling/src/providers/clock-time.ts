import { refused } from '@kept/subgraph-kit';
import { readInstant } from '../input.ts';
import type { DayWindow } from '../availability/engine/working-time.ts';

const CLOCK = /^([01]\d|2[0-4]):([0-5]\d)$/;

/** A window from two wall-clock times, 09:00 to 17:00. 24:00 ends a day; an end before the start is on the next. */
export function readWindow(window: { start: string; end: string }, field: string): DayWindow {
  const startMinute = readClock(window.start, `${field}.start`);
  const endMinute = readClock(window.end, `${field}.end`);
  if (startMinute === 1440) {
    throw refused.badInput(`"${field}.start" must be before 24:00.`, { field: `${field}.start` });
  }
  if (startMinute === endMinute) {
    throw refused.badInput(`"${field}" ends when it starts.`, { field });
  }
  return { startMinute, endMinute };
}

/** A wall-clock time in minutes after midnight; 24:00 is the end of the day. */
export function readClock(text: string, field: string): number {
  const match = CLOCK.exec(text);
  const minute = match ? Number(match[1]) * 60 + Number(match[2]) : Number.NaN;
  if (!(minute <= 1440)) {
    throw refused.badInput(`"${field}" must be a time such as 09:00.`, { field });
  }
  return minute;
}

/** A date of the calendar: JavaScript makes 2 March of 30 February, so that what comes back must be what came. */
export function readDate(value: string, field: string): string {
  const midnight = new Date(`${value}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== value) {
    throw refused.badInput(`"${field}" must be an existing date, such as 2027-03-01.`, { field });
  }
  readInstant(midnight, field);
  return value;
}

const DAY = 1440;
const WEEK = 7 * DAY;

/** A window in minutes of a longer stretch: 23:59 and 24:00 are midnight, an end before the start is on the next day. */
function stretchOf({ startMinute, endMinute }: DayWindow, day: number): { start: number; end: number } {
  const end = endMinute === DAY - 1 ? DAY : endMinute;
  return { start: day * DAY + startMinute, end: day * DAY + (end < startMinute ? end + DAY : end) };
}

/**
 * Refuses windows that overlap: one of the two is a slip, and which one only the person knows. Windows that touch are
 * one. `field` names the window that comes second.
 */
export function refuseOverlap(
  windows: readonly (DayWindow & { readonly day: number; readonly field: string })[],
  { repeatsWeekly }: { repeatsWeekly: boolean },
): void {
  const stretches = windows
    .map((window) => ({ ...stretchOf(window, window.day), field: window.field }))
    .toSorted((one, other) => one.start - other.start);
  const [first] = stretches;
  // A night shift on Saturday meets the Sunday of the week after.
  const again =
    repeatsWeekly && first ? [{ ...first, start: first.start + WEEK, end: first.end + WEEK }] : [];
  let until = Number.NEGATIVE_INFINITY;
  for (const { start, end, field } of [...stretches, ...again]) {
    if (start < until) throw refused.badInput(`"${field}" overlaps another window.`, { field });
    until = Math.max(until, end);
  }
}
