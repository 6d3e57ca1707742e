/**
 * The availability of one provider, written a second time and as differently as can be: with Temporal in place of our own
 * zone tables, minute by minute in place of sweeps over spans. Slow, and easy to believe.
 */
import { Temporal } from '@js-temporal/polyfill';
import type { Span } from './intervals.ts';
import type { OfferTerms } from './offer.ts';
import type { Calendar } from './slots.ts';
import type { DayWindow } from './working-time.ts';

const instantAt = (epochMinute: number): Temporal.Instant =>
  Temporal.Instant.fromEpochMilliseconds(epochMinute * 60_000);

function epochMinuteOf(timeZone: string, day: Temporal.PlainDate, minute: number): number {
  const local = day.add({ days: Math.floor(minute / 1440) }).toPlainDateTime({
    hour: Math.floor((minute % 1440) / 60),
    minute: minute % 60,
  });
  return local.toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds / 60_000;
}

/** Which minutes of the range the provider works. */
function worked(calendar: Calendar, range: Span): Uint8Array {
  const minutes = new Uint8Array(range.end - range.start);
  const zone = calendar.zone.name;
  const first = instantAt(range.start).toZonedDateTimeISO(zone).toPlainDate().subtract({ days: 2 });
  const last = instantAt(range.end).toZonedDateTimeISO(zone).toPlainDate().add({ days: 1 });
  for (let day = first; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    const epochDay = Temporal.PlainDate.from('1970-01-01').until(day, { largestUnit: 'days' }).days;
    const overrides = calendar.overrides.filter((override) => override.epochDay === epochDay);
    // Temporal counts Monday as 1 and Sunday as 7.
    const weekly = calendar.rules.filter((rule) => rule.dayOfWeek === day.dayOfWeek % 7);
    for (const { startMinute, endMinute } of overrides.length > 0 ? overrides : weekly) {
      const end = endOf({ startMinute, endMinute });
      const from = epochMinuteOf(zone, day, startMinute);
      const to = epochMinuteOf(zone, day, end);
      for (let at = Math.max(from, range.start); at < Math.min(to, range.end); at += 1)
        minutes[at - range.start] = 1;
    }
  }
  return minutes;
}

function endOf({ startMinute, endMinute }: DayWindow): number {
  if (endMinute === 1439) return 1440;
  return endMinute < startMinute ? endMinute + 1440 : endMinute;
}

/** The starts that a range of free minutes offers to somebody who reads this clock. */
export function oracleStarts(
  calendar: Calendar,
  terms: Pick<OfferTerms, 'durationMinutes' | 'slotIntervalMinutes'>,
  asked: { range: Span; earliest: number; buffer: { before: number; after: number }; booker: string },
): number[] {
  const { range } = asked;
  const free = worked(calendar, range);
  const taken = [...calendar.busy, ...(calendar.away ?? [])];
  for (let edge = 0; edge < taken.length; edge += 2) {
    const from = Math.max((taken[edge] ?? 0) - asked.buffer.before, range.start);
    const to = Math.min((taken[edge + 1] ?? 0) + asked.buffer.after, range.end);
    for (let at = from; at < to; at += 1) free[at - range.start] = 0;
  }
  const starts: number[] = [];
  const interval = terms.slotIntervalMinutes;
  const grid = [60, 30, 20, 15, 10, 5].find((size) => interval % size === 0) ?? 1;
  for (let from = 0; from < free.length; from += 1) {
    if (free[from] !== 1) continue;
    let to = from;
    while (free[to] === 1) to += 1;
    let at = Math.max(range.start + from, asked.earliest);
    const fits = (): boolean => at + terms.durationMinutes <= range.start + to;
    while (fits() && !isOnGrid(at, grid, asked.booker)) at += 1;
    for (; fits(); at += interval) starts.push(at);
    from = to;
  }
  return starts;
}

function isOnGrid(at: number, grid: number, timeZone: string): boolean {
  const { hour, minute } = instantAt(at).toZonedDateTimeISO(timeZone);
  return (hour * 60 + minute) % grid === 0;
}
