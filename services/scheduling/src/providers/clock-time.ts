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
