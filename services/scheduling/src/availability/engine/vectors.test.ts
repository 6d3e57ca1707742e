import { existsSync, readFileSync } from 'node:fs';
import { findSlotsOfAll, findSlotsOfAny, type Calendar, type SlotRequest } from './slots.ts';
import { openZone } from './zone.ts';

/**
 * The published cases of an independent oracle. They live outside the repository;
 * without them this suite says so and the rest of the tests still covers the engine.
 */
const casesFile = new URL('../../../../../../shared/vectors/availability/cases.json', import.meta.url);

interface Case {
  id: string;
  bookerTimeZone: string;
  duration: number;
  interval: number;
  minNotice: number;
  now: string;
  from: string;
  to: string;
  bufferBefore?: number;
  bufferAfter?: number;
  schedulingType?: 'COLLECTIVE';
  providers: Provider[];
  oracleSlots: string[];
}
interface Provider {
  timeZone: string;
  rules: { days: number[]; start: string; end: string }[];
  overrides?: { date: string; start: string; end: string }[];
  busy?: { start: string; end: string }[];
}

const minuteOf = (iso: string): number => Date.parse(iso) / 60_000;
const clockMinute = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

function calendarOf(provider: Provider): Calendar {
  return {
    zone: openZone(provider.timeZone),
    rules: provider.rules.flatMap((rule) =>
      rule.days.map((dayOfWeek) => ({
        dayOfWeek,
        startMinute: clockMinute(rule.start),
        endMinute: clockMinute(rule.end),
      })),
    ),
    overrides: (provider.overrides ?? []).map((override) => ({
      epochDay: minuteOf(override.date) / 1440,
      startMinute: clockMinute(override.start),
      endMinute: clockMinute(override.end),
    })),
    // Busy times that are not whole minutes widen outward.
    busy: (provider.busy ?? []).map((busy) => ({
      start: Math.floor(minuteOf(busy.start)),
      end: Math.ceil(minuteOf(busy.end)),
    })),
  };
}

function answer(vector: Case): string[] {
  const both = (vector.bufferBefore ?? 0) + (vector.bufferAfter ?? 0);
  const request: SlotRequest = {
    range: { start: minuteOf(vector.from), end: minuteOf(vector.to) },
    earliest: Math.ceil(minuteOf(vector.now) + vector.minNotice),
    durationMinutes: vector.duration,
    intervalMinutes: vector.interval,
    booker: openZone(vector.bookerTimeZone),
    buffer: { before: both, after: both },
  };
  const find = vector.schedulingType === 'COLLECTIVE' ? findSlotsOfAll : findSlotsOfAny;
  return find(vector.providers.map(calendarOf), request).map((start) =>
    new Date(start * 60_000).toISOString(),
  );
}

describe('the published availability cases', () => {
  if (!existsSync(casesFile)) {
    it.skip('skipped: needs ../shared/vectors', () => undefined);
    process.stdout.write('skipped: availability vectors need ../shared/vectors\n');
    return;
  }
  const { cases } = JSON.parse(readFileSync(casesFile, 'utf8')) as { cases: Case[] };
  it('are there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(17);
  });
  it.each(cases.map((vector) => [vector.id, vector] as const))('answers as the oracle: %s', (_id, vector) => {
    expect(answer(vector)).toEqual(vector.oracleSlots);
  });
});
