import { Temporal } from '@js-temporal/polyfill';
import fc from 'fast-check';
import { everyZone, minuteOf } from './arbitraries.ts';
import { periodStart, usedUp, type Period } from './periods.ts';
import { holds } from './together.ts';
import { openZone } from './zone.ts';

const anyPeriod = fc.constantFrom<Period>('DAY', 'WEEK', 'MONTH');
const anyMinute = fc.integer({ min: minuteOf('2026-01-01'), max: minuteOf('2028-12-31') });

/** Temporal's own first day of the period. */
function firstDay(period: Period, timeZone: string, epochMinute: number): Temporal.PlainDate {
  const day = Temporal.Instant.fromEpochMilliseconds(epochMinute * 60_000)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  if (period === 'DAY') return day;
  return period === 'MONTH' ? day.with({ day: 1 }) : day.subtract({ days: day.dayOfWeek - 1 });
}

it('a day, a week from Monday and a month begin where the calendar of the zone says', () => {
  fc.assert(
    fc.property(anyPeriod, fc.constantFrom(...everyZone), anyMinute, (period, name, at) => {
      const ours = periodStart(period, openZone(name), at);
      const theirs = firstDay(period, name, at).toZonedDateTime('UTC').epochMilliseconds / 86_400_000;
      expect(ours).toBe(theirs);
    }),
    { numRuns: 200 },
  );
});

it('a used-up period closes all of itself and nothing else, whatever hours its days have', () => {
  fc.assert(
    fc.property(
      fc.record({ period: anyPeriod, name: fc.constantFrom(...everyZone) }),
      anyMinute,
      fc.integer({ min: -50_000, max: 50_000 }),
      ({ period, name }, at, away) => {
        const zone = openZone(name);
        const startDay = periodStart(period, zone, at);
        const closed = usedUp(zone, [{ period, startDay, used: 2, max: 2 }]);
        expect(holds(closed, at)).toBe(true);
        expect(holds(closed, at + away)).toBe(periodStart(period, zone, at + away) === startDay);
        expect(usedUp(zone, [{ period, startDay, used: 1, max: 2 }])).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});
