import { Temporal } from '@js-temporal/polyfill';
import fc from 'fast-check';
import { quietEndAt, reminderTimes, STANDARD_POLICY, type ReminderPolicy } from './reminder-times.ts';

const zones = Intl.supportedValuesOf('timeZone');
const runs = { numRuns: process.env['KEPT_NIGHTLY'] ? 20_000 : 300 };
const YEAR = Date.UTC(2027, 0, 1);
const MINUTE = 60_000;

const policies: fc.Arbitrary<ReminderPolicy> = fc.record({
  minutesBefore: fc.uniqueArray(
    fc.oneof(fc.constantFrom(15, 120, 1440, 10_080), fc.integer({ min: 15, max: 43_200 })),
    {
      maxLength: 5,
    },
  ),
  quietFrom: fc.integer({ min: 0, max: 1439 }),
  quietUntil: fc.integer({ min: 0, max: 1439 }),
});
const starts = fc
  .integer({ min: 0, max: 365 * 24 * 4 })
  .map((quarters) => new Date(YEAR + quarters * 15 * MINUTE));
const local = (instant: Date, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);
const minuteOf = ({ hour, minute }: Temporal.ZonedDateTime) => hour * 60 + minute;
const isQuiet = ({ quietFrom, quietUntil }: ReminderPolicy, minute: number) =>
  quietFrom === quietUntil
    ? false
    : quietFrom < quietUntil
      ? minute > quietFrom && minute < quietUntil
      : minute > quietFrom || minute < quietUntil;
const at = (times: readonly { dueAt: Date }[]) => times.map(({ dueAt }) => dueAt.toISOString());

it('[BOK-09] reminds at the same hour of the client’s clock, also over a clock change, several times', () => {
  const policy = { ...STANDARD_POLICY, minutesBefore: [120, 1440, 10_080] };
  const london = {
    startsAt: new Date('2027-03-28T13:00:00Z'),
    timeZone: 'Europe/London',
    now: new Date(YEAR),
  };
  expect(at(reminderTimes(policy, london))).toEqual([
    '2027-03-21T14:00:00.000Z',
    '2027-03-27T14:00:00.000Z',
    '2027-03-28T11:00:00.000Z',
  ]);
});

it('[BOK-09] what would come at night comes the evening before, and of two that fall together one stays', () => {
  const policy = { ...STANDARD_POLICY, minutesBefore: [120, 180, 1440] };
  const early = {
    startsAt: new Date('2027-02-10T08:30:00Z'),
    timeZone: 'Europe/London',
    now: new Date(YEAR),
  };
  expect(reminderTimes(policy, early)).toEqual([
    { minutesBefore: 1440, dueAt: new Date('2027-02-09T08:30:00Z') },
    { minutesBefore: 120, dueAt: new Date('2027-02-09T21:00:00Z') },
  ]);
  // Elsewhere the same instant is the middle of the day, or of the night.
  expect(at(reminderTimes(policy, { ...early, timeZone: 'Asia/Tokyo' }))).toContain(
    '2027-02-10T06:30:00.000Z',
  );
  expect(at(reminderTimes(policy, { ...early, timeZone: 'America/Los_Angeles' }))).toEqual([
    '2027-02-09T05:00:00.000Z',
    '2027-02-10T05:00:00.000Z',
  ]);
});

it('[BOK-09] in every zone: never after it was meant, never in quiet hours, never past or after the start', () => {
  fc.assert(
    fc.property(
      policies,
      starts,
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 50_000 }),
      (...given) => {
        const [policy, startsAt, timeZone, minutes] = given;
        const now = new Date(startsAt.getTime() - minutes * MINUTE);
        const times = reminderTimes(policy, { startsAt, timeZone, now });
        expect(new Set(at(times)).size).toBe(times.length);
        for (const { minutesBefore, dueAt } of times) {
          const days = Math.floor(minutesBefore / 1440);
          const meant = local(startsAt, timeZone)
            .subtract({ days })
            .subtract({ minutes: minutesBefore - days * 1440 });
          expect(dueAt > now && dueAt < startsAt).toBe(true);
          expect(dueAt.getTime()).toBeLessThanOrEqual(meant.epochMilliseconds);
          if (!isQuiet(policy, minuteOf(meant))) expect(dueAt.getTime()).toBe(meant.epochMilliseconds);
          else if (dueAt.getTime() < meant.epochMilliseconds) expectCivil(policy, local(dueAt, timeZone));
        }
      },
    ),
    runs,
  );
});

/** When quiet hours begin: on that very minute, or on the one that the clock shows in its place. */
function expectCivil(policy: ReminderPolicy, due: Temporal.ZonedDateTime): void {
  const shifted = due.hoursInDay !== 24;
  if (!shifted) expect(minuteOf(due)).toBe(policy.quietFrom);
}

it('[BOK-09] a queue that was away wakes nobody: what comes late waits for the morning of the client’s clock', () => {
  fc.assert(
    fc.property(policies, starts, fc.constantFrom(...zones), (policy, now, timeZone) => {
      const end = quietEndAt(policy, { timeZone, now });
      const here = local(now, timeZone);
      if (end === null) {
        if (here.hoursInDay === 24)
          expect(isQuiet(policy, minuteOf(here)) && isQuiet(policy, (minuteOf(here) + 1425) % 1440)).toBe(
            false,
          );
        return;
      }
      expect(isQuiet(policy, minuteOf(here))).toBe(true);
      expect(end.getTime()).toBeGreaterThan(now.getTime());
      expect(end.getTime() - now.getTime()).toBeLessThanOrEqual(27 * 60 * MINUTE);
      if (local(end, timeZone).hoursInDay === 24 && here.hoursInDay === 24)
        expect(minuteOf(local(end, timeZone))).toBe(policy.quietUntil);
    }),
    runs,
  );
  const night = { timeZone: 'Europe/London', now: new Date('2027-02-10T03:00:00Z') };
  expect(quietEndAt(STANDARD_POLICY, night)).toEqual(new Date('2027-02-10T08:00:00Z'));
  expect(quietEndAt(STANDARD_POLICY, { ...night, now: new Date('2027-02-09T21:10:00Z') })).toBeNull();
});
