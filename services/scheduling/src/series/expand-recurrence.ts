import ICAL from 'ical.js';
import { refused } from '@kept/subgraph-kit';
import { localDay } from '../availability/engine/working-time.ts';
import { MINUTES_PER_DAY, type Zone } from '../availability/engine/zone.ts';
import { OCCURRENCES_MAX, SERIES_DAYS_MAX, type Recurrence, type RuleDay } from './recurrence.ts';

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/**
 * The starts of a series, in epoch minutes. ical.js counts days on a calendar without clocks; our own zone table then says
 * when the wall shows that time, so 09:00 stays 09:00 over a change of the clocks, whatever the host's zone, and a time
 * that a day does not have moves forward by the gap (Temporal's `compatible`).
 *
 * `except` are local dates left out (EXDATE); COUNT counts them all the same (RFC 5545 §3.8.5.1).
 */
export function expandRecurrence(
  rule: Recurrence,
  first: { startMinute: number; zone: Zone; except: readonly string[] },
): number[] {
  const { startMinute, zone } = first;
  const local = startMinute + zone.offsetAt(startMinute);
  const firstDay = localDay(zone, startMinute);
  // RFC 5545 leaves open what a series is whose start its own rule does not name; refusing is kinder than guessing.
  if (!startsOnADayOf(rule.days, firstDay)) {
    throw refused.badInput('The first appointment is not on a day of the rule.', { field: 'startsAt' });
  }
  const except = new Set(first.except);
  const starts: number[] = [];
  let counted = 0;
  for (const day of daysOf(rule, firstDay)) {
    if ('count' in rule.end && counted === rule.end.count) break;
    if ('date' in rule.end && dateOf(day) > rule.end.date) break;
    // The first is the very instant that was chosen: of an hour that comes twice it may be the second.
    const start = day === firstDay ? startMinute : zone.instantOf(local + (day - firstDay) * MINUTES_PER_DAY);
    if ('instant' in rule.end && start * 60_000 > rule.end.instant.getTime()) break;
    if (day - firstDay > SERIES_DAYS_MAX) throw tooLong('A series may last two years.');
    counted += 1;
    if (counted > OCCURRENCES_MAX)
      throw tooLong(`A series may have at most ${OCCURRENCES_MAX} appointments.`);
    if (!except.has(dateOf(day))) starts.push(start);
  }
  if (starts.length === 0) throw tooLong('No appointment is left in this series.');
  return starts;
}

/** The days a rule names, from its first day on, without end: whoever asks must stop. */
function* daysOf(rule: Recurrence, firstDay: number): Generator<number> {
  const [year, month, day] = dateOf(firstDay).split('-').map(Number);
  const recur = ICAL.Recur.fromData({
    freq: rule.frequency,
    interval: rule.interval,
    ...(rule.days.length > 0 && { byday: rule.days.map(nameOf) }),
  });
  const days = recur.iterator(ICAL.Time.fromData({ year, month, day, isDate: true }));
  for (let next = days.next(); next; next = days.next()) {
    yield Date.UTC(next.year, next.month - 1, next.day) / 86_400_000;
  }
}

function startsOnADayOf(days: readonly RuleDay[], epochDay: number): boolean {
  if (days.length === 0) return true;
  const date = new Date(epochDay * 86_400_000);
  const dayOfMonth = date.getUTCDate();
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const fromStart = Math.ceil(dayOfMonth / 7);
  const fromEnd = -Math.ceil((length - dayOfMonth + 1) / 7);
  return days.some(
    ({ weekday, nth }) =>
      weekday === date.getUTCDay() && (nth === null || nth === fromStart || nth === fromEnd),
  );
}

const nameOf = ({ weekday, nth }: RuleDay): string => `${nth ?? ''}${WEEKDAYS[weekday]}`;
const dateOf = (epochDay: number): string => new Date(epochDay * 86_400_000).toISOString().slice(0, 10);
const tooLong = (why: string): Error => refused.badInput(why, { field: 'rule' });
