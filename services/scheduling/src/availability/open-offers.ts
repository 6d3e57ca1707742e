import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { readSessions } from '../sessions/read-sessions.ts';
import { startsOfGroups, type Group } from './engine/groups.ts';
import { intersectSpans, type Span, type Spans } from './engine/intervals.ts';
import { rangeToRead, requestOf, type Offering, type OfferQuestion, type Session } from './engine/offer.ts';
import { freeSpans } from './engine/slots.ts';
import { coveredByAtLeast, startSpans } from './engine/together.ts';
import type { Zone } from './engine/zone.ts';
import { instantOf, readBusy, readWorkingTimes, type ProviderTime } from './read-calendars.ts';
import {
  readOfferedService,
  type OfferedService,
  type Requirement,
  type WantedService,
} from './read-offered-service.ts';
import { busyOfPool, readPoolUse } from './read-pool-use.ts';
import { readUsedUp } from './read-used-up.ts';

/** What somebody asks of a service, checked for form. */
export interface OffersAsked extends WantedService {
  /** Null: whoever offers it. */
  readonly providerId: string | null;
  readonly range: Span;
  readonly seats: number;
  readonly booker: Zone;
  /** Whose limits count as well; null while nobody is known. */
  readonly clientId: string | null;
  readonly now: Date;
}

/** One provider's calendar with all that decides about it. */
export type OpenOffering = Offering & ProviderTime;

/** Everything the engine needs to answer, read as it is now. */
export interface OpenOffers {
  readonly service: OfferedService;
  readonly question: OfferQuestion;
  /** Those who may lead the appointment. */
  readonly offerings: readonly OpenOffering[];
  /** Starts at which rooms and devices are there; null when none are needed. */
  readonly things: Spans | null;
  /** Starts at which enough providers are free at once; null when one is enough. */
  readonly team: Spans | null;
}

/** The widest buffers there can be. */
const BUFFER_REACH = 480;

/**
 * Reads what decides about a service's free times: one query per table that the question touches, however long the range
 * and however many providers, rooms and limits there are.
 */
export async function openOffers(tx: Transaction, asked: OffersAsked): Promise<OpenOffers> {
  const service = await readOfferedService(tx, asked);
  const { serviceId, range, now } = asked;
  const collective = service.choice === 'COLLECTIVE';
  // Colleagues matter to a collective service, whoever leads it.
  const providerId = collective ? null : asked.providerId;
  const times = await readWorkingTimes(tx, { serviceId, providerId, range, now });
  if (asked.providerId !== null && !times.some((time) => time.providerId === asked.providerId)) {
    throw refused.notFound('provider of this service');
  }
  const read = rangeToRead(range, service.terms.slotIntervalMinutes);
  const looked = { range: { start: read.start - BUFFER_REACH, end: read.end + BUFFER_REACH }, now };
  const things = service.requirements.flatMap(({ members }) => members);
  const rooms = things.filter(({ capacity }) => capacity === null).map(({ id }) => id);
  const providerIds = times.map((time) => time.providerId);
  const busyOf = await readBusy(tx, [...new Set([...providerIds, ...rooms])], looked);
  const question = { range, nowMinute: now.getTime() / 60_000, booker: asked.booker, seats: asked.seats };
  const groups = await groupsOf(tx, service.requirements, { ...looked, busyOf, seats: asked.seats });
  const calendars = times.map((time) => ({ ...time, busy: busyOf.get(time.providerId) ?? [] }));
  const team = collective ? teamStarts(calendars, service, question) : null;
  const all = startsOfGroups(groups.all, service.terms, question);
  const joinable = startsOfGroups(groups.pools, service.terms, question);
  const together = team === null || all === null ? (team ?? all) : intersectSpans(team, all);
  const sessionsOf = await sessionsBy(tx, service, { range, now });
  const usedUp = await readUsedUp(tx, { serviceId, providerIds, clientId: asked.clientId, range, now });
  const offerings = calendars
    .filter((calendar) => asked.providerId === null || calendar.providerId === asked.providerId)
    .map((calendar) => ({
      ...calendar,
      together,
      joinable,
      full: usedUp(calendar),
      sessions: sessionsOf.get(calendar.providerId) ?? [],
    }));
  return { service, question, offerings, things: all, team };
}

/** The starts at which as many providers are free as a collective service needs. */
function teamStarts(
  calendars: readonly (ProviderTime & { busy: Spans })[],
  service: OfferedService,
  question: OfferQuestion,
): Spans {
  const request = requestOf(service.terms, question);
  if (request === null) return [];
  const starts = calendars.map((calendar) =>
    startSpans(freeSpans(calendar, request), request.durationMinutes),
  );
  return coveredByAtLeast(starts, Math.max(1, service.providersNeeded ?? calendars.length));
}

/** What the service needs beside people, with what takes it. Pools are counted, everything else is one thing or none. */
async function groupsOf(
  tx: Transaction,
  requirements: readonly Requirement[],
  known: { range: Span; now: Date; busyOf: ReadonlyMap<string, Spans>; seats: number },
): Promise<{ all: Group[]; pools: Group[] }> {
  const { range, seats } = known;
  const pools = requirements.flatMap(({ members }) => members.filter(({ capacity }) => capacity !== null));
  const use = await readPoolUse(
    tx,
    pools.map(({ id }) => id),
    known,
  );
  const rooms = requirements.flatMap(({ members, needed }): Group[] => {
    if (members.some(({ capacity }) => capacity !== null)) return [];
    return [
      { required: needed, members: members.map(({ id }) => ({ id, busy: known.busyOf.get(id) ?? [] })) },
    ];
  });
  // Of every pool that is named, so many for each seat (offers/find-candidates.ts claims them so).
  const counted = requirements.flatMap(({ members, needed }) =>
    members.flatMap(({ id, capacity }): Group[] => {
      if (capacity === null) return [];
      const busy = busyOfPool(use, { poolId: id, capacity, units: needed * seats, range });
      return [{ required: 1, members: [{ id, busy }] }];
    }),
  );
  return { all: [...rooms, ...counted], pools: counted };
}

/** The sessions that somebody has a seat in, by provider. One of another length is not what was asked for. */
async function sessionsBy(
  tx: Transaction,
  { serviceId, terms }: OfferedService,
  { range, now }: { range: Span; now: Date },
): Promise<ReadonlyMap<string, Session[]>> {
  const by = new Map<string, Session[]>();
  if (terms.capacity === 1) return by;
  const rooms = await readSessions(tx, {
    serviceId,
    from: instantOf(range.start),
    to: instantOf(range.end),
    now,
  });
  for (const { providerId, startsAt, endsAt, remainingCapacity } of rooms) {
    if (endsAt.getTime() - startsAt.getTime() !== terms.durationMinutes * 60_000) continue;
    const session = { startMinute: startsAt.getTime() / 60_000, seatsLeft: remainingCapacity };
    const own = by.get(providerId);
    if (own === undefined) by.set(providerId, [session]);
    else own.push(session);
  }
  return by;
}
