import { deadlineBefore } from '../availability/engine/deadline.ts';
import { MINUTES_PER_DAY, openZone, type Zone } from '../availability/engine/zone.ts';

/** When a business reminds: minutes before the start, and the hours of the night in which nobody is. */
export interface ReminderPolicy {
  readonly minutesBefore: readonly number[];
  /** Minutes after midnight on the client's clock; equal to `quietUntil`: no hour is quiet. */
  readonly quietFrom: number;
  readonly quietUntil: number;
}

/** One day before, and nobody between nine in the evening and eight in the morning. */
export const STANDARD_POLICY: ReminderPolicy = {
  minutesBefore: [MINUTES_PER_DAY],
  quietFrom: 21 * 60,
  quietUntil: 8 * 60,
};

/** A reminder's time, and the distance it stands for. */
export interface ReminderTime {
  readonly minutesBefore: number;
  readonly dueAt: Date;
}

const MINUTE_MS = 60_000;

/**
 * When to remind of an appointment, on the client's own clock: a day before 10:00 is 10:00, also over a clock change. What
 * would come in the quiet hours comes when they begin, so always before and never after it was meant; of two that then
 * fall together the nearer one stays. Times that are past are left out: whoever books late needs no reminder of it.
 */
export function reminderTimes(
  policy: ReminderPolicy,
  { startsAt, timeZone, now }: { startsAt: Date; timeZone: string; now: Date },
): ReminderTime[] {
  const zone = openZone(timeZone);
  const start = startsAt.getTime() / MINUTE_MS;
  const times = new Map<number, ReminderTime>();
  for (const minutesBefore of [...policy.minutesBefore].toSorted((a, b) => b - a)) {
    const due = civilBefore(zone, policy, Math.floor(deadlineBefore(zone, start, minutesBefore)));
    times.set(due, { minutesBefore, dueAt: new Date(due * MINUTE_MS) });
  }
  return [...times.values()].filter(({ dueAt }) => dueAt > now && dueAt < startsAt);
}

/** The instant itself, or when the quiet hours began in which it lies. */
function civilBefore(zone: Zone, policy: ReminderPolicy, minute: number): number {
  const local = minute + zone.offsetAt(minute);
  if (!isQuietAt(policy, local)) return minute;
  const evening = local - sinceMidnight(local - policy.quietFrom);
  // Clocks that were changed in this night: never later than the instant itself.
  return Math.min(zone.instantOf(evening), minute);
}

// A job that comes a little late is not what the quiet hours are against.
const LATE_MINUTES = 15;

/**
 * When the quiet hours end that a reminder would disturb now, or null when it would not: a queue that was away for the
 * evening must not wake anybody at night.
 */
export function quietEndAt(
  policy: ReminderPolicy,
  { timeZone, now }: { timeZone: string; now: Date },
): Date | null {
  const zone = openZone(timeZone);
  const minute = Math.floor(now.getTime() / MINUTE_MS);
  const local = minute + zone.offsetAt(minute);
  if (!isQuietAt(policy, local) || !isQuietAt(policy, local - LATE_MINUTES)) return null;
  const morning = zone.instantOf(local + sinceMidnight(policy.quietUntil - local));
  return new Date(Math.max(morning, minute + 1) * MINUTE_MS);
}

/** Whether a local minute lies in the quiet hours; the minute in which they begin does not. */
function isQuietAt({ quietFrom, quietUntil }: ReminderPolicy, local: number): boolean {
  const length = sinceMidnight(quietUntil - quietFrom);
  const into = sinceMidnight(local - quietFrom);
  return into > 0 && into < length;
}

const sinceMidnight = (minutes: number): number =>
  ((minutes % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
