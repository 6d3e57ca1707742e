import { Temporal } from '@js-temporal/polyfill';
import fc from 'fast-check';
import { openZone } from '../availability/engine/zone.ts';
import { expandRecurrence } from './expand-recurrence.ts';
import { readRecurrence } from './recurrence.ts';

const ZONES = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Antarctica/Troll',
];
const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const runs = { numRuns: process.env['KEPT_NIGHTLY'] ? 10_000 : 400 };

const expand = (rule: string, [startsAt, timeZone]: [string, string], except: string[] = []): string[] =>
  expandRecurrence(readRecurrence(rule), {
    startMinute: Date.parse(startsAt) / 60_000,
    zone: openZone(timeZone),
    except,
  }).map((minute) => new Date(minute * 60_000).toISOString());

interface Rule {
  frequency: string;
  interval: number;
  days: string[];
  count: number;
}

const DAY_MS = 86_400_000;

/** Whether a rule that begins on one date names another: asked of each by itself, another way than the library's. */
function names(rule: Rule, start: Date, date: Date): boolean {
  const weekday = (date.getUTCDay() + 6) % 7;
  const monday = (of: Date) => Math.floor((of.getTime() / DAY_MS + 3) / 7);
  const months =
    (date.getUTCFullYear() - start.getUTCFullYear()) * 12 + date.getUTCMonth() - start.getUTCMonth();
  const days = (date.getTime() - start.getTime()) / DAY_MS;
  const step = { DAILY: days, WEEKLY: monday(date) - monday(start), MONTHLY: months }[rule.frequency] ?? 0;
  if (step % rule.interval !== 0) return false;
  if (rule.days.length === 0) {
    if (rule.frequency === 'WEEKLY') return date.getUTCDay() === start.getUTCDay();
    return rule.frequency === 'DAILY' || date.getUTCDate() === start.getUTCDate();
  }
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const nth = Math.floor((date.getUTCDate() - 1) / 7) + 1;
  const last = Math.floor((length - date.getUTCDate()) / 7) + 1;
  const name = DAYS[weekday] ?? '';
  return [name, `${nth}${name}`, `-${last}${name}`].some((day) => rule.days.includes(day));
}

/** Temporal says when the wall of a zone shows the time on each of the dates. */
function oracle(rule: Rule, first: Temporal.ZonedDateTime): string[] {
  const start = new Date(`${first.toPlainDate().toString()}T00:00:00Z`);
  const plainTime = first.toPlainTime();
  const found = [stamp(first)];
  for (let day = 1; day <= 731 && found.length < rule.count; day += 1) {
    const date = new Date(start.getTime() + day * DAY_MS);
    if (!names(rule, start, date)) continue;
    const local = Temporal.PlainDate.from(date.toISOString().slice(0, 10));
    found.push(stamp(local.toZonedDateTime({ timeZone: first.timeZoneId, plainTime })));
  }
  return found;
}

const anyRule = fc.oneof(
  fc.record({
    frequency: fc.constantFrom('DAILY', 'WEEKLY'),
    interval: fc.integer({ min: 1, max: 9 }),
    days: fc.uniqueArray(fc.constantFrom(...DAYS), { maxLength: 4 }),
    count: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    frequency: fc.constant('MONTHLY'),
    interval: fc.integer({ min: 1, max: 5 }),
    days: fc.uniqueArray(
      fc
        .tuple(fc.constantFrom('', '1', '2', '3', '4', '5', '-1', '-2', '-5'), fc.constantFrom(...DAYS))
        .map(([nth, day]) => nth + day),
      { maxLength: 3 },
    ),
    count: fc.integer({ min: 1, max: 30 }),
  }),
);

it('names the same instants as a Temporal oracle, in many zones, over every change of the clocks', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.constantFrom(...ZONES),
      fc.integer({ min: 0, max: 2 * 365 * 96 }),
      (rule, timeZone, quarters) => {
        const anyStart = Temporal.Instant.from('2026-01-01T00:00Z').add({ minutes: quarters * 15 });
        let first = anyStart.toZonedDateTimeISO(timeZone);
        // Moves to the first day that the rule names, at most a month away but for a fifth weekday.
        const local = new Date(`${first.toPlainDate().toString()}T00:00:00Z`);
        const away = Array.from({ length: 100 }, (_, days) => days).find((days) => {
          const date = new Date(local.getTime() + days * DAY_MS);
          return names(rule, date, date);
        });
        first = first.add({ days: away ?? 0 });
        const wanted = oracle(rule, first);
        // Whatever reaches past two years is refused, which has its own test.
        fc.pre(wanted.length === rule.count);
        const byDay = rule.days.length === 0 ? '' : `;BYDAY=${rule.days.join(',')}`;
        const text = `FREQ=${rule.frequency};INTERVAL=${rule.interval}${byDay};COUNT=${rule.count}`;
        expect(expand(text, [stamp(first), timeZone])).toEqual(wanted);
      },
    ),
    runs,
  );
});
const stamp = (at: Temporal.ZonedDateTime): string => new Date(at.epochMilliseconds).toISOString();

it('keeps the hour on the wall when the clocks change', () => {
  expect(expand('FREQ=WEEKLY;COUNT=3', ['2027-03-21T09:00:00Z', 'Europe/London'])).toEqual([
    '2027-03-21T09:00:00.000Z',
    '2027-03-28T08:00:00.000Z',
    '2027-04-04T08:00:00.000Z',
  ]);
});

it('moves a time that a day does not have forward by the gap, and only on that day', () => {
  expect(expand('FREQ=DAILY;COUNT=3', ['2027-03-13T07:30:00Z', 'America/New_York'])).toEqual([
    '2027-03-13T07:30:00.000Z',
    '2027-03-14T07:30:00.000Z',
    '2027-03-15T06:30:00.000Z',
  ]);
});

it('starts at the very instant that was chosen, also in the second of two equal hours', () => {
  const [first, second] = expand('FREQ=WEEKLY;COUNT=2', ['2027-10-31T01:30:00Z', 'Europe/London']);
  expect([first, second]).toEqual(['2027-10-31T01:30:00.000Z', '2027-11-07T01:30:00.000Z']);
});

it('leaves out the 31st where a month has none, and dates that are excepted, which still count', () => {
  expect(expand('FREQ=MONTHLY;COUNT=4', ['2027-01-31T10:00:00Z', 'UTC'], ['2027-03-31'])).toEqual([
    '2027-01-31T10:00:00.000Z',
    '2027-05-31T10:00:00.000Z',
    '2027-07-31T10:00:00.000Z',
  ]);
});

it('ends at a date on the calendar of the appointment, or at an instant', () => {
  // 23:30 in Auckland on 2 February is still the first of them in UTC.
  const auckland: [string, string] = ['2027-01-31T10:30:00Z', 'Pacific/Auckland'];
  expect(expand('FREQ=DAILY;UNTIL=20270202', auckland)).toHaveLength(3);
  expect(expand('FREQ=DAILY;UNTIL=20270202T103000Z', auckland)).toHaveLength(3);
  expect(expand('FREQ=DAILY;UNTIL=20270202T102959Z', auckland)).toHaveLength(2);
});

describe('refuses with a sentence', () => {
  it.each([
    ['FREQ=WEEKLY', 'It has no end'],
    ['FREQ=WEEKLY;COUNT=10000', 'COUNT must be between 1 and 104'],
    ['FREQ=WEEKLY;COUNT=0', 'COUNT must be'],
    ['FREQ=WEEKLY;COUNT=5;UNTIL=20270601', 'not both'],
    ['FREQ=MONTHLY;UNTIL=20270231', 'UNTIL must be an existing date'],
    ['FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3', 'It is made of'],
    ['FREQ=SECONDLY;COUNT=3', 'FREQ must be'],
    ['FREQ=YEARLY;COUNT=3', 'FREQ must be'],
    ['FREQ=WEEKLY;BYDAY=2TU;COUNT=3', 'Only a MONTHLY rule'],
    ['FREQ=MONTHLY;BYDAY=6TU;COUNT=3', 'BYDAY names weekdays'],
    ['FREQ=WEEKLY;BYDAY=MO,MO;COUNT=3', 'a day twice'],
    ['FREQ=WEEKLY;INTERVAL=99999999999;COUNT=3', 'INTERVAL must be'],
    ['FREQ=WEEKLY;COUNT=3;COUNT=4', 'twice'],
    ['FREQ=WEEKLY;COUNT=3\r\nEXDATE:20270101', 'COUNT must be'],
    ['FREQ=WEEKLY;COUNT=__proto__', 'COUNT must be'],
    ['', 'It is made of'],
  ])('%s: %s', (rule, sentence) => {
    expect(() => readRecurrence(rule)).toThrow(sentence);
  });

  it('a rule of a megabyte, before reading it', () => {
    expect(() => readRecurrence('COUNT=3;'.repeat(125_000))).toThrow('at most 200 characters');
  });

  it('what lasts too long, starts on another day or leaves nothing', () => {
    const monday: [string, string] = ['2027-02-01T10:00:00Z', 'UTC'];
    expect(() => expand('FREQ=MONTHLY;INTERVAL=12;COUNT=4', monday)).toThrow('two years');
    expect(() => expand('FREQ=DAILY;UNTIL=20280101', monday)).toThrow('at most 104');
    expect(() => expand('FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=4', monday)).toThrow(
      'not on a day of the rule',
    );
    expect(() => expand('FREQ=WEEKLY;UNTIL=20270131', monday)).toThrow('No appointment is left');
    expect(() => expand('FREQ=DAILY;COUNT=1', monday, ['2027-02-01'])).toThrow('No appointment is left');
  });
});
