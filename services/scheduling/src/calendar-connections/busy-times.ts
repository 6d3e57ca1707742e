import { mergeSpans, type Span } from '../availability/engine/intervals.ts';
import { MINUTES_PER_DAY, openZone, UnknownTimeZone, type Zone } from '../availability/engine/zone.ts';
import { CalendarFailed } from './calendar-failed.ts';
import type { WrittenCalendar, WrittenEvent, WrittenTime } from './read-file.ts';

/** A clock: local minutes to epoch minutes. */
type Clock = Pick<Zone, 'instantOf'>;
const UTC: Clock = { instantOf: (localMinute) => localMinute };

/**
 * When somebody is busy by these calendars within a range of epoch minutes: flat pairs in order, merged, and nothing but times. What is
 * shown as free or was cancelled does not count (RFC 5545 §3.8.2.7, §3.8.1.11). Whole days and floating times are on the
 * calendar's own clock, or else on the one given. Throws `CalendarFailed` for a zone that nobody knows: guessing would offer a time that is taken.
 */
export function busyTimes(
  calendars: readonly WrittenCalendar[],
  { range, ownZone }: { range: Span; ownZone: string },
): number[] {
  const all = calendars.flatMap((calendar) => {
    const clockOf = openClocks(calendar, ownZone);
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

function openClocks({ zone, zones }: WrittenCalendar, ownZone: string): ClockOf {
  const described = new Map(zones);
  const own = (zone !== null && known(zone)) || openZone(ownZone);
  const clocks = new Map<string, Clock>();
  return (name) => {
    if (name === null) return own;
    if (name === 'Z') return UTC;
    const opened = clocks.get(name) ?? clockNamed(name, described.get(name) ?? null);
    clocks.set(name, opened);
    return opened;
  };
}

// A place's name means what IANA says of it now. `EST` and names that only a program knows mean what the calendar says.
function clockNamed(name: string, described: readonly (readonly [number, number])[] | null): Clock {
  const place = name.includes('/') ? (known(name) ?? known(name.split('/').slice(-2).join('/'))) : undefined;
  if (place) return place;
  if (described) return describedClock(described);
  const last = known(name);
  if (!last) throw new CalendarFailed('UNKNOWN_TIME_ZONE');
  return last;
}

function known(name: string): Zone | undefined {
  try {
    return openZone(name);
  } catch (error) {
    if (error instanceof UnknownTimeZone) return undefined;
    throw error;
  }
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
