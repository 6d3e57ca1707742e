import fc from 'fast-check';
import { anyBusy, everyZone, minuteOf } from './arbitraries.ts';
import { findSlots, type SlotRequest } from './slots.ts';
import { oracleStarts } from './oracle-for-tests.ts';
import { openZone } from './zone.ts';

const nightly = process.env['KEPT_NIGHTLY'] === '1';
/** Of each zone so many changes of the clock, from 2026 to 2028. */
const CHANGES_MAX = nightly ? 8 : 1;

/** The days on which a zone's clock changes; where it never does, some day. */
function changeDays(name: string): number[] {
  const zone = openZone(name);
  const days: number[] = [];
  for (let at = minuteOf('2026-01-01'); at < minuteOf('2029-01-01'); at += 1440) {
    if (zone.offsetAt(at) !== zone.offsetAt(at + 1440)) days.push(at);
  }
  const first = minuteOf('2027-03-14');
  return days.length === 0 ? [first] : days;
}

const quarter = (max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: max / 15 }).map((n) => n * 15);
const minutes = fc.oneof(
  { weight: 3, arbitrary: quarter(1425) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1439 }) },
);

const question = (day: number) =>
  fc.record({
    rules: fc.array(
      fc.record({
        dayOfWeek: fc.integer({ min: 0, max: 6 }),
        startMinute: minutes,
        endMinute: fc.oneof(minutes, fc.constant(1440)),
      }),
      { minLength: 3, maxLength: 12 },
    ),
    overrides: fc.array(
      fc.record({
        epochDay: fc.integer({ min: Math.floor(day / 1440) - 1, max: Math.floor(day / 1440) + 1 }),
        startMinute: minutes,
        endMinute: minutes,
      }),
      { maxLength: 2 },
    ),
    busy: anyBusy(day),
    away: anyBusy(day).map((spans) => spans.slice(0, 2)),
    durationMinutes: fc.constantFrom(15, 30, 45, 60, 90),
    slotIntervalMinutes: fc.constantFrom(5, 15, 20, 30, 45, 60, 90),
    before: fc.constantFrom(0, 5, 10),
    after: fc.constantFrom(0, 15),
    from: fc.integer({ min: -900, max: -60 }),
    length: fc.integer({ min: 600, max: 2880 }),
    notice: fc.integer({ min: -600, max: 900 }),
    booker: fc.constantFrom(...everyZone),
  });

it('answers as Temporal does, on the days on which the clock changes, in every IANA zone', () => {
  let [offered, questions] = [0, 0];
  for (const name of everyZone) {
    const days = changeDays(name);
    fc.assert(
      fc.property(
        fc.constantFrom(...days).chain((day) => fc.tuple(fc.constant(day), question(day))),
        ([day, q]) => {
          const range = { start: day + q.from, end: day + q.from + q.length };
          const calendar = { ...q, zone: openZone(name) };
          const request: SlotRequest = {
            range,
            earliest: day + q.notice,
            durationMinutes: q.durationMinutes,
            intervalMinutes: q.slotIntervalMinutes,
            booker: openZone(q.booker),
            buffer: { before: q.before, after: q.after },
          };
          const starts = findSlots(calendar, request);
          expect(starts).toEqual(oracleStarts(calendar, q, { ...request, booker: q.booker }));
          offered += starts.length;
          questions += 1;
        },
      ),
      { numRuns: CHANGES_MAX },
    );
  }
  // Questions that offer nothing prove nothing.
  expect(questions).toBeGreaterThanOrEqual(everyZone.length * CHANGES_MAX);
  expect(offered).toBeGreaterThan(questions * 2);
});
