import { z } from 'zod';
import { findSlotsOfAll, findSlotsOfAny, type Calendar, type SlotRequest } from './slots.ts';
import { openZone, UnknownTimeZone, type Zone } from './zone.ts';

/** A case cannot be answered: which one, where, and what is wrong with it. */
export class CasesRefused extends Error {
  override readonly name = 'CasesRefused';
}

const CASES_MAX = 10_000;
const PROVIDERS_MAX = 1_000;
const RANGE_MINUTES_MAX = 366 * 1440;

const instant = z
  .string()
  .refine(
    (text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)),
    'is not an instant such as 2027-03-14T13:00:00.000Z',
  )
  .transform((text) => Date.parse(text) / 60_000);
const clockMinute = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'is not a time of day such as 09:30')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
const epochDay = z
  .string()
  .refine((text) => isDate(text), 'is not a date of the calendar such as 2027-03-14')
  .transform((text) => Date.parse(text) / 86_400_000);
const timeZone = z.string().transform((name, context): Zone => {
  try {
    return openZone(name);
  } catch (error) {
    if (!(error instanceof UnknownTimeZone)) throw error;
    context.addIssue({ code: 'custom', message: 'is not a time zone such as Europe/London' });
    return z.NEVER;
  }
});
const minutes = (least: number) => z.int().min(least).max(RANGE_MINUTES_MAX);
const busy = z
  .object({ start: instant, end: instant })
  .refine(({ start, end }) => end >= start, 'ends before it starts')
  // Busy times that are not whole minutes widen outward.
  .transform(({ start, end }) => [Math.floor(start), Math.ceil(end)]);

const provider = z.object({
  timeZone,
  rules: z
    .array(z.object({ days: z.array(z.int().min(0).max(6)), start: clockMinute, end: clockMinute }))
    .max(500),
  overrides: z
    .array(z.object({ date: epochDay, start: clockMinute, end: clockMinute }))
    .max(5_000)
    .default([]),
  busy: z.array(busy).max(200_000).default([]),
});

const oneCase = z
  .object({
    id: z.string().min(1).max(200),
    bookerTimeZone: timeZone,
    duration: minutes(1),
    interval: minutes(1),
    minNotice: minutes(0),
    bufferBefore: minutes(0).default(0),
    bufferAfter: minutes(0).default(0),
    now: instant,
    from: instant,
    to: instant,
    schedulingType: z.enum(['COLLECTIVE', 'ROUND_ROBIN']).optional(),
    providers: z.array(provider).min(1).max(PROVIDERS_MAX),
  })
  .refine(({ from, to }) => to >= from, { path: ['to'], message: 'is before "from"' })
  .refine(({ from, to }) => to - from <= RANGE_MINUTES_MAX, {
    path: ['to'],
    message: 'is more than a year after "from"',
  });

const file = z.object({
  cases: z
    .array(oneCase)
    .max(CASES_MAX)
    .refine(
      (cases) => new Set(cases.map(({ id }) => id)).size === cases.length,
      'two cases have the same id',
    ),
});

/** A question to the engine, in the form that the published cases have. */
export type AvailabilityCase = z.output<typeof oneCase>;

/** Reads cases. Throws `CasesRefused` with every problem, one per line. */
export function readCases(json: string): AvailabilityCase[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new CasesRefused('The file is not JSON.', { cause });
  }
  const read = file.safeParse(value);
  if (read.success) return read.data.cases;
  const lines = read.error.issues.slice(0, 20).map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new CasesRefused(`The cases cannot be used:\n${lines.join('\n')}`);
}

/** The slot starts of a case, in epoch minutes. */
export function answerCase(asked: AvailabilityCase): number[] {
  // Neighbours' buffers add up, on both sides.
  const both = asked.bufferBefore + asked.bufferAfter;
  const request: SlotRequest = {
    range: { start: Math.ceil(asked.from), end: Math.floor(asked.to) },
    earliest: Math.ceil(asked.now + asked.minNotice),
    durationMinutes: asked.duration,
    intervalMinutes: asked.interval,
    booker: asked.bookerTimeZone,
    buffer: { before: both, after: both },
  };
  const find = asked.schedulingType === 'COLLECTIVE' ? findSlotsOfAll : findSlotsOfAny;
  return find(asked.providers.map(calendarOf), request);
}

const calendarOf = ({ timeZone: zone, ...provider }: AvailabilityCase['providers'][number]): Calendar => ({
  zone,
  rules: provider.rules.flatMap(({ days, start, end }) =>
    days.map((dayOfWeek) => ({ dayOfWeek, startMinute: start, endMinute: end })),
  ),
  overrides: provider.overrides.map(({ date, start, end }) => ({
    epochDay: date,
    startMinute: start,
    endMinute: end,
  })),
  busy: provider.busy.flat(),
});

// Date.parse takes 31 February for 3 March.
function isDate(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(text) : null;
  return at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
