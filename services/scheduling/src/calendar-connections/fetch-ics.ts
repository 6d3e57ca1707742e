import { createHash } from 'node:crypto';
import type { Outbound } from '@kept/outbound';
import { failedWith } from './calendar-failed.ts';
import type { FetchedCalendars } from './fetched-calendars.ts';

const ETAG_LENGTH_MAX = 200;

/** The address as calendar apps give it out: `webcal` is their word for https. */
export const asHttps = (address: string): string => address.trim().replace(/^webcals?:/i, 'https:');

/** Reads an iCalendar file by its address. Undefined when it is as it was seen before. Throws `CalendarFailed` or `OutboundRefused`. */
export async function fetchIcs(
  outbound: Outbound,
  {
    url,
    seen,
    totalMs,
    signal,
  }: { url: string; seen: string | null; totalMs: number; signal?: AbortSignal | undefined },
): Promise<FetchedCalendars | undefined> {
  const headers = {
    accept: 'text/calendar, */*;q=0.1',
    ...(seen?.startsWith('etag ') && { 'if-none-match': seen.slice(5) }),
  };
  const { status, header, body } = await outbound.call(asHttps(url), { headers, totalMs, signal });
  if (status === 304 && seen !== null) return undefined;
  if (status !== 200) throw failedWith(status);
  const etag = header('etag');
  const state =
    etag !== undefined && etag.length <= ETAG_LENGTH_MAX && /^(W\/)?"[\x21\x23-\x7e]*"$/.test(etag)
      ? `etag ${etag}`
      : `hash ${createHash('sha256').update(body).digest('base64url')}`;
  if (state === seen) return undefined;
  // What counts in a calendar is ASCII whatever the rest is written in, and the rest is dropped: no encoding can go wrong.
  return { texts: [{ text: body.toString('latin1'), zone: null }], state };
}
