import type { Span, Spans } from './intervals.ts';
import { mergeSpans } from './intervals.ts';
import { localDay } from './working-time.ts';
import { MINUTES_PER_DAY, type Zone } from './zone.ts';

/** How long a limit counts: a day, a week from Monday (ISO 8601) or a month of the calendar. */
export type Period = 'DAY' | 'WEEK' | 'MONTH';

const MS_PER_DAY = 86_400_000;

/** The first local date, in days since 1970-01-01, of the period that an instant falls in on a zone's calendar. */
export function periodStart(period: Period, zone: Zone, epochMinute: number): number {
  const day = localDay(zone, epochMinute);
  if (period === 'DAY') return day;
  // 1970-01-01 was a Thursday: three days after its Monday.
  if (period === 'WEEK') return day - ((((day + 3) % 7) + 7) % 7);
  const date = new Date(day * MS_PER_DAY);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / MS_PER_DAY;
}

/** From the first to the last instant of the period that begins on this local date. */
function periodSpan(period: Period, zone: Zone, startDay: number): Span {
  return {
    start: zone.instantOf(startDay * MINUTES_PER_DAY),
    end: zone.instantOf(endDay(period, startDay) * MINUTES_PER_DAY),
  };
}

function endDay(period: Period, startDay: number): number {
  if (period === 'DAY') return startDay + 1;
  if (period === 'WEEK') return startDay + 7;
  const date = new Date(startDay * MS_PER_DAY);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / MS_PER_DAY;
}

/** How much of a period is used: `startDay` is its first local date. */
export interface PeriodUse {
  readonly period: Period;
  readonly startDay: number;
  readonly used: number;
  readonly max: number;
}

/** The instants at which nothing for `wanted` more can start, because a period they lie in is used up. */
export function usedUp(zone: Zone, uses: readonly PeriodUse[], wanted = 1): Spans {
  return mergeSpans(
    uses
      .filter(({ used, max }) => used + wanted > max)
      .map(({ period, startDay }) => periodSpan(period, zone, startDay)),
  );
}
