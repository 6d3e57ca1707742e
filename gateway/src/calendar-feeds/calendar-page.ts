import { createHash, randomUUID } from 'node:crypto';
import { Fault, type Clock, type HttpAnswer, type Logger } from '@kept/subgraph-kit';
import type { AccessRecord } from '../access-records/access-record.ts';
import type { AccessRecords } from '../access-records/open-access-records.ts';
import { networkAddressOf } from '../authenticate/caller.ts';
import type { Control } from '../control/open-control.ts';
import type { Page } from '../edge/open-edge.ts';
import { presentRefusal } from '../edge/present-answer.ts';
import type { Limits } from '../limits/open-limits.ts';
import { askScheduling, type FeedReading, type SchedulingAddress } from './ask-scheduling.ts';

export interface CalendarPageOptions {
  /** Without it (a graph in a test) there are no calendars. */
  readonly scheduling: SchedulingAddress | undefined;
  readonly limits: Pick<Limits, 'admitAddress'>;
  readonly control: Pick<Control, 'known' | 'refuse' | 'isServiceIsolated'>;
  readonly accessRecords: Pick<AccessRecords, 'add'> | undefined;
  readonly trustedProxies: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const UNDER = '/calendars/';
const NAME = /^\/calendars\/([A-Za-z0-9._-]{1,100})\.ics$/;
// Calendar apps have all the time in the world: people who work come first.
const AT_ONCE_MAX = 32;
const FIELDS = ['Booking.startsAt', 'Booking.endsAt', 'Booking.status'];
const OPERATION = { name: 'CalendarFeed', hash: createHash('sha256').update('CalendarFeed').digest('hex') };

/**
 * `GET /calendars/<token>.ics`: a person's private calendar, for apps that can send nothing but an address. The address is
 * the key, so it is written down nowhere: no line of the log, no trace, no metric has it. Everything that opens nothing
 * is the same 404. A reading changes nothing and is an access record. Apps may keep what they got, and ask each time whether
 * it still is so; nobody between may keep it.
 */
export function calendarPages(options: CalendarPageOptions): Page[] {
  const { scheduling } = options;
  if (!scheduling) return [];
  let under = 0;
  const page: Page = {
    path: UNDER,
    under: true,
    async answer(headers, request) {
      try {
        await options.limits.admitAddress(networkAddressOf(request, options.trustedProxies));
        const token = NAME.exec((request.url ?? '').split('?', 1)[0] ?? '')?.[1];
        if (token === undefined) return nothing;
        if (under >= AT_ONCE_MAX || options.control.isServiceIsolated('scheduling')) throw busy();
        under += 1;
        const reading = await readCalendar({ ...options, scheduling }, token).finally(() => (under -= 1));
        if (reading === null) return nothing;
        return present(reading, headers['if-none-match'], options);
      } catch (error) {
        if (error instanceof Fault) return presentRefusal(error);
        throw error;
      }
    },
  };
  return [page];
}

async function readCalendar(
  options: CalendarPageOptions & { readonly scheduling: SchedulingAddress },
  token: string,
): Promise<FeedReading | null> {
  const { scheduling, control, clock, log } = options;
  await control.known();
  const reading = await askScheduling(scheduling, { token, clock }).catch((error: unknown) => {
    log.warn({ err: error }, 'a calendar feed could not be read');
    throw busy();
  });
  if (reading === null) return null;
  try {
    // Somebody who was shut out, and everybody of an organization that was, has no calendar either.
    control.refuse({ sub: reading.owner.id, org: reading.organizationId, sid: reading.feedId, gen: 0 });
  } catch (error) {
    if (error instanceof Fault && error.code === 'UNAUTHENTICATED') return null;
    throw error;
  }
  return reading;
}

function present(
  reading: FeedReading,
  known: string | undefined,
  { accessRecords, clock }: CalendarPageOptions,
): HttpAnswer {
  const etag = `"${createHash('sha256').update(reading.calendar).digest('base64url')}"`;
  const headers = { etag, 'cache-control': 'private, no-cache', 'x-robots-tag': 'noindex' };
  // Who has it already is given nothing, so there is nothing to record.
  if (knows(known, etag)) return { status: 304, headers, body: '' };
  accessRecords?.add(recordOf(reading, clock()));
  const type = {
    'content-type': 'text/calendar; charset=utf-8',
    'content-disposition': 'inline; filename="calendar.ics"',
  };
  return { status: 200, headers: { ...headers, ...type }, body: reading.calendar };
}

const knows = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((one) => one.trim().replace(/^W\//, '') === etag) ?? false;

function recordOf({ organizationId, owner, rows }: FeedReading, now: Date): AccessRecord {
  return {
    id: randomUUID(),
    occurredAt: now.toISOString(),
    organizationId,
    actor: owner,
    sessionId: null,
    requestId: randomUUID(),
    operation: { ...OPERATION, kind: 'query' },
    client: 'calendar-feed',
    purposes: ['BOOKING_SERVICE'],
    answered: FIELDS,
    rows,
    // A provider's calendar names no client; a client's is about themselves.
    subjects: owner.kind === 'CLIENT' && rows > 0 ? [{ id: owner.id, fields: FIELDS }] : [],
    denied: [],
    violations: [],
    emergency: false,
    occurrences: 1,
  };
}

const nothing: HttpAnswer = {
  status: 404,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ error: 'There is nothing at this address.' }),
};

const busy = () =>
  new Fault('UNAVAILABLE', 'Calendars cannot be read right now. Please try again later.', {
    retryAfterSeconds: 60,
  });
