import { mergeSpans, type Span } from '../availability/engine/intervals.ts';
import { MINUTES_PER_DAY, openZone, UnknownTimeZone, type Zone } from '../availability/engine/zone.ts';
import { CalendarFailed } from './calendar-failed.ts';
import type { WrittenCalendar, WrittenEvent, WrittenTime } from './read-file.ts';

/** A clock: local minutes to epoch minutes. */
type Clock = Pick<Zone, 'instantOf'>;
const UTC: Clock = { instantOf: (localMinute) => localMinute };

// A clock is read a year at a time, and that takes half a millisecond (measured): a calendar that names every year of every zone
// would have it read for minutes.
const YEARS_BEFORE = 20;
const YEARS_AFTER = 2;
const NAMES_MAX = 200;
const MINUTES_PER_YEAR = 366 * MINUTES_PER_DAY;

/** A clock that is only read near a range; further away the offset at that edge is as good, for nothing there is in the range. */
export function withinReach(zone: Clock, { start, end }: Span): Clock {
  const [first, last] = [start - YEARS_BEFORE * MINUTES_PER_YEAR, end + YEARS_AFTER * MINUTES_PER_YEAR];
  return {
    instantOf(localMinute) {
      const near = Math.min(Math.max(localMinute, first), last);
      return zone.instantOf(near) + (localMinute - near);
    },
  };
}

/**
 * When somebody is busy by these calendars within a range of epoch minutes: flat pairs in order, merged, and nothing but times. What is
 * shown as free or was cancelled does not count (RFC 5545 §3.8.2.7, §3.8.1.11). Whole days and floating times are on the
 * calendar's own clock, or else on the one given. Throws `CalendarFailed` for a zone that nobody knows: guessing would offer a time that is taken.
 */
export function busyTimes(
  calendars: readonly WrittenCalendar[],
  { range, ownZone }: { range: Span; ownZone: string },
): number[] {
  const known = lookUp(range);
  const ownClock = withinReach(openZone(ownZone), range);
  const all = calendars.flatMap((calendar) => {
    const clockOf = openClocks(calendar, { known, ownClock });
    const moved = movedAway(calendar.events, clockOf);
    return [
      ...calendar.events.flatMap((event) => occurrencesOf(event, { clockOf, moved })),
      ...calendar.periods.map(({ start, end }) => ({
        start: instantOf(start, clockOf),
        end: instantOf(end, clockOf),
      })),
    ];
  });
  return mergeSpans(
    all.map(({ start, end }) => ({ start: Math.max(start, range.start), end: Math.min(end, range.end) })),
  );
}

type ClockOf = (name: string | null) => Clock;

type Known = (name: string) => Clock | undefined;

/** Looks clocks up by IANA's names, each name once for all calendars of a reading. */
function lookUp(range: Span): Known {
  const clocks = new Map<string, Clock | undefined>();
  return (name) => {
    if (clocks.has(name)) return clocks.get(name);
    if (clocks.size >= NAMES_MAX) throw new CalendarFailed('TOO_COMPLEX');
    const zone = zoneNamed(name);
    const clock = zone && withinReach(zone, range);
    clocks.set(name, clock);
    return clock;
  };
}

function zoneNamed(name: string): Zone | undefined {
  try {
    return openZone(name);
  } catch (error) {
    if (error instanceof UnknownTimeZone) return undefined;
    throw error;
  }
}

function openClocks(
  { zone, zones }: WrittenCalendar,
  { known, ownClock }: { known: Known; ownClock: Clock },
): ClockOf {
  const described = new Map(zones);
  const own = (zone === null ? undefined : known(zone)) ?? ownClock;
  return (name) => {
    if (name === null) return own;
    if (name === 'Z') return UTC;
    // A place's name means what IANA says of it now. `EST` and names that only a program knows mean what the calendar says.
    const place = name.includes('/')
      ? (known(name) ?? known(name.split('/').slice(-2).join('/')))
      : undefined;
    if (place) return place;
    const offsets = described.get(name);
    const clock = offsets ? describedClock(offsets) : known(name);
    if (!clock) throw new CalendarFailed('UNKNOWN_TIME_ZONE');
    return clock;
  };
}

function describedClock(offsets: readonly (readonly [number, number])[]): Clock {
  return {
    instantOf(localMinute) {
      let offset = offsets[0]?.[1] ?? 0;
      for (const [from, minutes] of offsets) if (from <= localMinute) offset = minutes;
      return localMinute - offset;
    },
  };
}

const instantOf = ({ wall, zone }: WrittenTime, clockOf: ClockOf): number => clockOf(zone).instantOf(wall);
const keyOf = (uid: string, instant: number) => `${instant} ${uid}`;

/** Occurrences that stand elsewhere in the calendar as events of their own, changed. */
function movedAway(events: readonly WrittenEvent[], clockOf: ClockOf): ReadonlySet<string> {
  return new Set(
    events.flatMap(({ uid, recurrence }) => (recurrence ? [keyOf(uid, instantOf(recurrence, clockOf))] : [])),
  );
}

function occurrencesOf(
  event: WrittenEvent,
  { clockOf, moved }: { clockOf: ClockOf; moved: ReadonlySet<string> },
): Span[] {
  if (event.free) return [];
  const clock = clockOf(event.start.zone);
  const first = clock.instantOf(event.start.wall);
  // The exact length holds for every occurrence, across changes of the clock (RFC 5545 §3.8.5.3); days are days.
  const exact = event.end && !event.start.isDate ? instantOf(event.end, clockOf) - first : null;
  const days = event.end ? Math.ceil((event.end.wall - event.start.wall) / MINUTES_PER_DAY) : 1;
  const endOf = (wall: number, start: number): number => {
    if (event.lasts) return clock.instantOf(wall + event.lasts.days * MINUTES_PER_DAY) + event.lasts.minutes;
    if (event.start.isDate) return clock.instantOf(wall + Math.max(1, days) * MINUTES_PER_DAY);
    return start + (exact ?? 0);
  };
  const span = (wall: number): Span => {
    const start = clock.instantOf(wall);
    return { start, end: endOf(wall, start) };
  };
  if (event.recurrence) return [span(event.start.wall)];
  const except = new Set(event.except.map((time) => instantOf(time, clockOf)));
  const exceptDays = new Set(event.except.filter(({ isDate }) => isDate).map(({ wall }) => wall));
  const walls = new Set([event.start.wall]);
  for (const { starts, until } of event.rules) {
    const last = until === null ? Infinity : lastInstant(until, clock);
    for (const wall of starts) if (clock.instantOf(wall) <= last) walls.add(wall);
  }
  const stands = ({ start }: Span, wall: number) =>
    !except.has(start) &&
    !exceptDays.has(wall - (((wall % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY)) &&
    !moved.has(keyOf(event.uid, start));
  const added = event.also.map((time) => {
    const start = instantOf(time, clockOf);
    return { start, end: endOf(time.wall, start) };
  });
  return [
    ...[...walls].flatMap((wall) => (stands(span(wall), wall) ? [span(wall)] : [])),
    ...added.filter(({ start }) => !except.has(start) && !moved.has(keyOf(event.uid, start))),
  ];
}

// A rule that ends with a date includes all of that day.
function lastInstant(until: WrittenTime, clock: Clock): number {
  if (until.zone === 'Z') return until.wall;
  return clock.instantOf(until.isDate ? until.wall + MINUTES_PER_DAY - 1 : until.wall);
}
