import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Span } from '../availability/engine/intervals.ts';
import { CalendarFailed } from './calendar-failed.ts';

/** A time as a calendar writes it: minutes on some wall clock, and whose: `Z`, a zone's name, or null for the calendar's own. */
export interface WrittenTime {
  readonly wall: number;
  readonly zone: string | null;
  readonly isDate: boolean;
}

export interface WrittenEvent {
  readonly uid: string;
  readonly start: WrittenTime;
  readonly end: WrittenTime | null;
  readonly lasts: { readonly days: number; readonly minutes: number } | null;
  /** Shown as free, or cancelled. */
  readonly free: boolean;
  /** Which occurrence of the same UID it stands for. */
  readonly recurrence: WrittenTime | null;
  /** What its rules come to on its own clock; those after `until` do not count. */
  readonly rules: readonly { readonly starts: readonly number[]; readonly until: WrittenTime | null }[];
  readonly also: readonly WrittenTime[];
  readonly except: readonly WrittenTime[];
}

export interface WrittenCalendar {
  readonly zone: string | null;
  /** Zones that the calendar describes itself: [first local minute, minutes from UTC]; null where that cannot be used. */
  readonly zones: readonly (readonly [string, readonly (readonly [number, number])[] | null])[];
  readonly events: readonly WrittenEvent[];
  readonly periods: readonly { readonly start: WrittenTime; readonly end: WrittenTime }[];
}

type Answer = { calendars: WrittenCalendar[] } | { problem: 'NOT_A_CALENDAR' | 'TOO_COMPLEX' | 'TOO_LARGE' };

/** What one reading may take. */
export interface FileLimits {
  readonly eventsMax: number;
  readonly occurrencesMax: number;
  readonly stepsMax: number;
  readonly ms: number;
  readonly megabytes: number;
}

// 20,000 events are ten years of eight a working day. A quarter of a million steps are a second or two here (measured); a
// weekly meeting needs sixty.
export const FILE_LIMITS: FileLimits = {
  eventsMax: 20_000,
  occurrencesMax: 50_000,
  stepsMax: 250_000,
  ms: 12_000,
  megabytes: 256,
};

const WORKER = join(import.meta.dirname, '../../src/calendar-connections/read-file.worker.mjs');

/**
 * Reads iCalendar texts in a thread of its own, which is ended when it takes more time or memory than it may. Expands what
 * repeats over a range of epoch minutes. Throws `CalendarFailed`.
 */
export function readFiles(
  texts: readonly string[],
  { range, limits = FILE_LIMITS }: { range: Span; limits?: FileLimits },
): Promise<WrittenCalendar[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, {
      workerData: { texts, from: range.start, until: range.end, limits },
      resourceLimits: { maxOldGenerationSizeMb: limits.megabytes, maxYoungGenerationSizeMb: 32 },
      // A parser of other people's files needs none of our settings, keys among them.
      env: {},
      // Whatever a library prints about a calendar is nobody's business.
      stdout: true,
      stderr: true,
    });
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
      void worker.terminate();
    };
    const timer = setTimeout(() => end(() => reject(new CalendarFailed('TOO_COMPLEX'))), limits.ms);
    worker.on('message', (answer: Answer) =>
      end(() =>
        'problem' in answer ? reject(new CalendarFailed(answer.problem)) : resolve(answer.calendars),
      ),
    );
    worker.on('error', (error: Error & { code?: string }) =>
      end(() =>
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new CalendarFailed('TOO_LARGE', error) : error),
      ),
    );
  });
}
