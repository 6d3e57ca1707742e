/**
 * The hole this keeps closed: what a calendar says of other centuries. A file of five megabytes with one exception for each year
 * from 1 to 9999, in each zone of the world, had this process read the clocks of three hundred thousand years, for two minutes,
 * in which nobody could book. What cannot matter is dropped in the thread that can be ended, and what is left reads a few years.
 */
import { busyTimes, withinReach } from './busy-times.ts';
import { calendarOf, eventOf } from './calendar-for-tests.ts';
import { FILE_LIMITS, readFiles } from './read-file.ts';

const minute = (instant: string): number => Date.parse(instant) / 60_000;
const range = { start: minute('2027-01-31T00:00:00Z'), end: minute('2028-03-01T00:00:00Z') };
const start = ['DTSTART:20270202T100000Z', 'DURATION:PT30M'];
const years = Array.from({ length: 9_000 }, (_none, index) => `${String(index + 1_000)}0601T100000`).join();
const read = (...lines: string[]) => readFiles([calendarOf(...lines)], { range });
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'read',
    (error: { failure?: string }) => error.failure,
  );

it('drops additions, exceptions and busy times of other years before anybody looks at their clocks', async () => {
  const [calendar] = await read(
    ...eventOf(...start, `RDATE;TZID=America/New_York:${years}`, `EXDATE;TZID=Asia/Tokyo:${years}`),
    'BEGIN:VFREEBUSY',
    ...Array.from({ length: 500 }, (_none, index) => `FREEBUSY:${2100 + index}0101T100000Z/PT1H`),
    'FREEBUSY:20270301T100000Z/PT1H',
    'END:VFREEBUSY',
  );
  const [event] = calendar?.events ?? [];
  // One of each year lies within: that of 2027.
  expect(event).toMatchObject({ also: [{ zone: 'America/New_York' }], except: [{ zone: 'Asia/Tokyo' }] });
  expect(calendar?.periods).toHaveLength(1);
});

it.each([
  ['additions', eventOf(...start, ...Array(200).fill(`RDATE:${Array(300).fill('20270601T100000Z').join()}`))],
  [
    'exceptions',
    eventOf(...start, ...Array(200).fill(`EXDATE:${Array(300).fill('20270601T100000Z').join()}`)),
  ],
  [
    'busy times',
    [
      'BEGIN:VFREEBUSY',
      ...Array(200).fill(`FREEBUSY:${Array(300).fill('20270601T100000Z/PT1H').join()}`),
      'END:VFREEBUSY',
    ],
  ],
])('counts %s like everything else that repeats', async (_what, lines) => {
  expect(FILE_LIMITS.occurrencesMax).toBeLessThan(60_000);
  expect(await failureOf(read(...(lines as string[])))).toBe('TOO_COMPLEX');
});

it('reads a clock within a few years only, however far away what it is asked for', () => {
  const asked: number[] = [];
  const zone = {
    instantOf: (wall: number) => {
      asked.push(wall);
      return wall - 60;
    },
  };
  const clock = withinReach(zone, range);
  const walls = ['1000-06-01', '1989-06-01', '2027-06-01', '2100-06-01', '9999-06-01'].map((day) =>
    minute(`${day}T00:00Z`),
  );
  expect(walls.map((wall) => clock.instantOf(wall))).toEqual(walls.map((wall) => wall - 60));
  expect(Math.min(...asked)).toBeGreaterThan(minute('2000-01-01T00:00Z'));
  expect(Math.max(...asked)).toBeLessThan(minute('2031-01-01T00:00Z'));
});

it('opens so many clocks for a reading and no more, in whatever capitals their names are written', async () => {
  const spellings = Array.from({ length: 512 }, (_none, index) =>
    [...'america/new_york'].map((letter, at) => ((index >> at) & 1 ? letter.toUpperCase() : letter)).join(''),
  );
  const calendars = await read(
    ...spellings.flatMap((zone) => eventOf(`DTSTART;TZID=${zone}:20270202T100000`, 'DURATION:PT30M')),
  );
  expect(() => busyTimes(calendars, { range, ownZone: 'UTC' })).toThrow(/TOO_COMPLEX/);
  // As a CalDAV server gives them: each appointment a calendar of its own, all in one zone.
  const [one] = await read(...eventOf('DTSTART;TZID=America/New_York:20270202T100000', 'DURATION:PT30M'));
  const each = Array.from({ length: 500 }, () => one).filter((calendar) => calendar !== undefined);
  expect(busyTimes(each, { range, ownZone: 'UTC' })).toHaveLength(2);
});
