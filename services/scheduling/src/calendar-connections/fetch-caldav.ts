import { createHash } from 'node:crypto';
import type { Outbound } from '@kept/outbound';
import { calendarQuery, createAccount, type DAVCalendar, type DAVResponse } from 'tsdav';
import type { Span } from '../availability/engine/intervals.ts';
import { CalendarFailed } from './calendar-failed.ts';
import type { CalendarAccess } from './calendar-access.ts';
import { openDavFetch, type DavFetch } from './dav-fetch.ts';
import type { FetchedCalendars } from './fetched-calendars.ts';

const CALENDARS_MAX = 20;

/**
 * Reads every calendar of an account on a CalDAV server (RFC 4791): finds them from the address, and asks each for what
 * happens within a range of epoch minutes. Only asks, never writes. Undefined when all of them are as they were seen before.
 * Throws `CalendarFailed` or `OutboundRefused`.
 */
export async function fetchCaldav(
  outbound: Outbound,
  asked: {
    access: Extract<CalendarAccess, { kind: 'CALDAV' }>;
    seen: string | null;
    range: Span;
    totalMs: number;
    signal?: AbortSignal | undefined;
  },
): Promise<FetchedCalendars | undefined> {
  const { access, range } = asked;
  const dav = openDavFetch(outbound, { ...asked, ...access });
  const calendars = await findCalendars(dav, access.serverUrl);
  const state = stateOf(calendars, range);
  if (state !== null && state === asked.seen) return undefined;
  const texts = [];
  for (const calendar of calendars) {
    const zone = /^TZID:(.+?)\r?$/m.exec(calendar.timezone ?? '')?.[1] ?? null;
    for (const text of await readCalendar(dav, calendar.url, range)) texts.push({ text, zone });
  }
  return { texts, state: state ?? '' };
}

async function findCalendars(dav: DavFetch, serverUrl: string): Promise<DAVCalendar[]> {
  const account = { serverUrl, accountType: 'caldav' as const };
  // tsdav says in plain errors that it has not found its way; what our own fetch said first is the reason.
  const { calendars } = await createAccount({ account, loadCollections: true, fetch: dav.fetch }).catch(
    (error: unknown) => {
      throw dav.trouble() ?? new CalendarFailed('NO_CALENDAR', error);
    },
  );
  const trouble = dav.trouble();
  if (trouble !== undefined) throw trouble;
  const ofEvents = (calendars ?? []).filter(
    ({ components = [] }) => components.length === 0 || components.includes('VEVENT'),
  );
  if (ofEvents.length === 0) throw new CalendarFailed('NO_CALENDAR');
  if (ofEvents.length > CALENDARS_MAX) throw new CalendarFailed('TOO_LARGE');
  return ofEvents;
}

async function readCalendar(dav: DavFetch, url: string, { start, end }: Span): Promise<string[]> {
  const stamp = (minute: number) =>
    `${new Date(minute * 60_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const within = { 'time-range': { _attributes: { start: stamp(start), end: stamp(end) } } };
  const events = { _attributes: { name: 'VEVENT' }, ...within };
  const filters = [{ 'comp-filter': { _attributes: { name: 'VCALENDAR' }, 'comp-filter': events } }];
  const props = { 'd:getetag': {}, 'c:calendar-data': {} };
  const query = { url, props, filters, depth: '1' as const, fetch: dav.fetch };
  const responses = await calendarQuery(query).catch((error: unknown) => {
    throw dav.trouble() ?? new CalendarFailed('NOT_READABLE', error);
  });
  const trouble = dav.trouble();
  if (trouble !== undefined) throw trouble;
  return responses.flatMap((response) => textOf(response));
}

// One entry that is refused or empty may be the appointment that matters: all of it counts, or none.
function textOf({ raw, href, ok, props }: DAVResponse): string[] {
  if (typeof raw !== 'object' || raw === null || !('multistatus' in raw))
    throw new CalendarFailed('NOT_READABLE');
  // An answer without a single entry comes as one without an address.
  if (href === undefined) return [];
  const data: unknown = props?.['calendarData'];
  const text = typeof data === 'object' && data !== null && '_cdata' in data ? data._cdata : data;
  if (!ok || typeof text !== 'string') throw new CalendarFailed('NOT_READABLE');
  return [text];
}

/** Null when one of them does not say by what to know its state. */
function stateOf(calendars: readonly DAVCalendar[], range: Span): string | null {
  const marks = calendars.map(({ url, ctag, syncToken }) => {
    // tsdav makes numbers of texts that look like them, and objects of what is empty.
    const mark: unknown = syncToken ?? ctag;
    return { url, mark: typeof mark === 'string' || typeof mark === 'number' ? String(mark) : '' };
  });
  if (marks.some(({ mark }) => mark === '')) return null;
  const day = Math.floor(range.end / 1440);
  return `dav ${createHash('sha256')
    .update(JSON.stringify([day, marks]))
    .digest('base64url')}`;
}
