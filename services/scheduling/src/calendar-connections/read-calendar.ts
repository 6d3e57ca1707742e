import type { Outbound } from '@kept/outbound';
import { mergeSpans, type Span } from '../availability/engine/intervals.ts';
import { busyTimes } from './busy-times.ts';
import { CalendarFailed } from './calendar-failed.ts';
import type { CalendarAccess } from './calendar-access.ts';
import { fetchCaldav } from './fetch-caldav.ts';
import { fetchIcs } from './fetch-ics.ts';
import { FILE_LIMITS, readFiles, type FileLimits } from './read-file.ts';

const DAY_MS = 86_400_000;
/** How far ahead calendars are read; later times of their owner are not offered. */
export const DAYS_AHEAD = 400;
// More blocks than this in thirteen months is no person's calendar.
const BLOCKS_MAX = 20_000;

/** When somebody is busy by a calendar outside, as it was just read. */
export interface CalendarReading {
  /** Flat pairs of epoch minutes. */
  readonly busy: readonly number[];
  readonly coveredUntil: Date;
  readonly state: string;
}

interface Asked {
  readonly access: CalendarAccess;
  /** The state that was read before, or null to read in any case. */
  readonly seen: string | null;
  /** The zone of whole days and floating times in calendars that do not say. */
  readonly ownZone: string;
  readonly now: Date;
  readonly totalMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: FileLimits;
}

/** Reads a calendar. Undefined when it is as it was. Throws `CalendarFailed` or `OutboundRefused`; nothing else leaves it. */
export async function readCalendar(outbound: Outbound, asked: Asked): Promise<CalendarReading | undefined> {
  const { access, now, ownZone, limits = FILE_LIMITS } = asked;
  const range: Span = {
    start: Math.floor((now.getTime() - DAY_MS) / 60_000),
    end: Math.floor((now.getTime() + DAYS_AHEAD * DAY_MS) / 60_000),
  };
  const fetched =
    access.kind === 'ICS'
      ? await fetchIcs(outbound, { ...asked, url: access.url })
      : await fetchCaldav(outbound, { ...asked, access, range });
  if (fetched === undefined) return undefined;
  const busy = await busyOf(fetched.texts, { range, ownZone, limits });
  if (busy.length > 2 * BLOCKS_MAX) throw new CalendarFailed('TOO_COMPLEX');
  return { busy, coveredUntil: new Date(range.end * 60_000), state: fetched.state };
}

async function busyOf(
  texts: readonly { text: string; zone: string | null }[],
  { range, ownZone, limits }: { range: Span; ownZone: string; limits: FileLimits },
): Promise<number[]> {
  if (texts.length === 0) return [];
  const zones = new Map<string | null, string[]>();
  for (const { text, zone } of texts) zones.set(zone, [...(zones.get(zone) ?? []), text]);
  const spans: Span[] = [];
  for (const [zone, ofZone] of zones) {
    const calendars = await readFiles(ofZone, { range, limits });
    const inZone = calendars.map((calendar) => ({ ...calendar, zone: calendar.zone ?? zone }));
    const busy = busyTimes(inZone, { range, ownZone });
    for (let at = 0; at + 1 < busy.length; at += 2)
      spans.push({ start: busy[at] ?? 0, end: busy[at + 1] ?? 0 });
  }
  return mergeSpans(spans);
}
