import type { Zone } from '../availability/engine/zone.ts';
import { refused } from '@kept/subgraph-kit';
import { readInstant } from '../input.ts';
import { readDate } from './clock-time.ts';

/** When somebody is away: instants, and the whole local days when it was said so. */
export interface Absence {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
}

/** What a person says: two instants, or two local dates that are both included. */
export interface AbsenceInput {
  readonly startsAt?: Date | null;
  readonly endsAt?: Date | null;
  readonly firstDay?: string | null;
  readonly lastDay?: string | null;
}

const MS_PER_DAY = 86_400_000;

/**
 * Reads an absence. Whole days are those of the zone: a day on which the clock changes has 23 or 25 hours, and an
 * absence stays where it is when the zone is changed later.
 */
export function readAbsence(
  input: AbsenceInput,
  { zone, daysMax }: { zone: Zone; daysMax: number },
): Absence {
  const absence = hasDays(input) ? wholeDays(input, zone) : instants(input);
  const { startsAt, endsAt } = absence;
  if (endsAt <= startsAt) throw refused.badInput('It ends before it starts.', { field: endField(input) });
  // One more day, so that the days that are counted may hold an hour more than 24 times their number.
  if (endsAt.getTime() - startsAt.getTime() >= (daysMax + 1) * MS_PER_DAY) {
    throw refused.badInput(`It may last at most ${daysMax} days.`, { field: endField(input) });
  }
  return absence;
}

const hasDays = ({ firstDay, lastDay }: AbsenceInput): boolean => firstDay != null || lastDay != null;
const endField = (input: AbsenceInput): string => (hasDays(input) ? 'lastDay' : 'endsAt');

function wholeDays(input: AbsenceInput, zone: Zone): Absence {
  const { firstDay, lastDay } = input;
  if (firstDay == null || lastDay == null || input.startsAt != null || input.endsAt != null) {
    throw refused.badInput('Please give the first and the last day, or two instants.', { field: 'lastDay' });
  }
  const [first, last] = [dayOf(readDate(firstDay, 'firstDay')), dayOf(readDate(lastDay, 'lastDay'))];
  const midnight = (day: number): Date => new Date(zone.instantOf(day * 1440) * 60_000);
  return { startsAt: midnight(first), endsAt: midnight(last + 1), firstDay, lastDay };
}

function instants({ startsAt, endsAt }: AbsenceInput): Absence {
  if (startsAt == null || endsAt == null) {
    throw refused.badInput(
      'Please say when it starts and ends: two instants, or the first and the last day.',
      {
        field: startsAt == null ? 'startsAt' : 'endsAt',
      },
    );
  }
  return {
    startsAt: readInstant(startsAt, 'startsAt'),
    endsAt: readInstant(endsAt, 'endsAt'),
    firstDay: null,
    lastDay: null,
  };
}

const dayOf = (date: string): number => Date.parse(date) / MS_PER_DAY;
