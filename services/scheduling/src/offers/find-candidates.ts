import { createHash } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { ProviderTime } from '../availability/read-calendars.ts';
import type { LimitClaim } from '../limits/claim-limits.ts';
import { claimsOf } from '../limits/find-limits.ts';
import { readSessions, type SessionRoom } from '../sessions/read-sessions.ts';
import { assign } from '../availability/engine/assign.ts';
import { readFairOrder } from './fair-order.ts';
import type { BookedResource, BookingTerms, Candidate, OfferRequest } from './offer.ts';
import type { ChosenService, Need } from './read-offer.ts';
import { readTaken } from './read-taken.ts';

interface Choice {
  readonly request: OfferRequest;
  readonly chosen: ChosenService;
  readonly terms: BookingTerms;
  /** Those who work then and offer the service. */
  readonly times: readonly ProviderTime[];
}

/** More than this are never tried before looking again. */
const CANDIDATES_MAX = 20;

/**
 * The ways to give somebody what they asked for, in order of preference. Where there is nothing to choose, the one way there
 * is, whether it is free or not: the arbiter says. Where there is a choice, only what nobody has at this moment.
 */
export async function findCandidates(
  tx: Transaction,
  choice: Choice,
): Promise<{ candidates: Candidate[]; hadChoice: boolean }> {
  const { request, chosen, terms, times } = choice;
  const { service } = chosen;
  const window = {
    start: new Date(request.startsAt.getTime() - terms.bufferBeforeMinutes * 60_000),
    end: new Date(request.startsAt.getTime() + (terms.durationMinutes + terms.bufferAfterMinutes) * 60_000),
  };
  const needs = chosen.needs.filter(({ things }) => things.every(({ capacity }) => capacity === null));
  const collective = service.providerChoice === 'COLLECTIVE';
  const several = collective ? (service.providersNeeded ?? times.length) : 1;
  const toCandidate = (team: readonly string[], things: readonly BookedResource[]): Candidate =>
    candidateOf({ ...choice, window, team, things });
  const hadChoice = times.length > several || needs.some(({ things, needed }) => things.length !== needed);
  if (!hadChoice && service.capacity === 1) {
    const ids = times.map(({ providerId }) => providerId);
    const team = [...ids].sort((a, b) => first(b, request) - first(a, request) || (a < b ? -1 : 1));
    const all = needs.flatMap(({ things }) => things.map(asResource));
    return { candidates: [toCandidate(team, all)], hadChoice };
  }
  const ids = times.map(({ providerId }) => providerId);
  const asked = [...ids, ...needs.flatMap(({ things }) => things.map(({ id }) => id))];
  const taken = await readTaken(tx, { resourceIds: asked, window, ...request });
  const order = await inFairOrder(tx, choice);
  const free = order.filter((id) => !taken.has(id));
  const teams = collective ? [teamOf(free, several, request)] : free.map((id) => [id]);
  const sessions = service.capacity > 1 ? await openSessions(tx, choice) : [];
  const joined = order.filter((id) => sessions.some(({ providerId }) => providerId === id));
  const starting = teams.flatMap((team, index) => {
    if (team === null || team.some((id) => joined.includes(id))) return [];
    const things = thingsFor(needs, { taken, turn: turnOf(request) + index });
    return things === null ? [] : [toCandidate(team, things)];
  });
  // Whoever can join a session does, before another one is begun.
  const joining = joined.map((id) => toCandidate([id], []));
  return { candidates: [...joining, ...starting].slice(0, CANDIDATES_MAX), hadChoice: true };
}

const first = (providerId: string, request: OfferRequest): number =>
  providerId === request.providerId ? 1 : 0;

async function inFairOrder(tx: Transaction, { times, chosen, request }: Choice): Promise<string[]> {
  const providerIds = times.map(({ providerId }) => providerId);
  if (providerIds.length < 2) return providerIds;
  const places = await readFairOrder(tx, {
    providerIds,
    windowDays: chosen.service.fairnessWindowDays,
    now: request.now,
  });
  const ordered = places.map(({ providerId }) => providerId);
  return ordered.toSorted((a, b) => first(b, request) - first(a, request));
}

/** The fairest of those who are free, led by whoever was asked for. Null when they are too few. */
function teamOf(free: readonly string[], several: number, request: OfferRequest): string[] | null {
  const team = free.slice(0, several);
  const complete = team.length === several && several > 0;
  return complete && (request.providerId === null || team.includes(request.providerId)) ? team : null;
}

/** The sessions of this service at this start, by those who can give it, that have seats left for these. */
async function openSessions(tx: Transaction, { request, chosen, terms }: Choice): Promise<SessionRoom[]> {
  const { startsAt, now, seats } = request;
  const sessions = await readSessions(tx, {
    serviceId: chosen.service.id,
    from: startsAt,
    to: new Date(startsAt.getTime() + 1),
    now,
  });
  const endsAt = startsAt.getTime() + terms.durationMinutes * 60_000;
  return sessions.filter(
    (session) => session.remainingCapacity >= seats && session.endsAt.getTime() === endsAt,
  );
}

/** Free rooms and devices for every need, none of them twice; null when they do not suffice. */
function thingsFor(
  needs: readonly Need[],
  { taken, turn }: { taken: ReadonlySet<string>; turn: number },
): BookedResource[] | null {
  const places = needs.flatMap(({ things, needed }) => {
    const free = things.filter(({ id }) => !taken.has(id)).map(({ id }) => id);
    const at = free.length === 0 ? 0 : turn % free.length;
    const turned = [...free.slice(at), ...free.slice(0, at)];
    return Array.from({ length: needed }, () => turned);
  });
  const assigned = assign(places);
  if (assigned === null) return null;
  const byId = new Map(needs.flatMap(({ things }) => things).map((thing) => [thing.id, thing]));
  return assigned.flatMap((id) => {
    const thing = byId.get(id);
    return thing === undefined ? [] : [asResource(thing)];
  });
}

/** Where among equal rooms somebody begins to look: elsewhere than others, so that a herd does not ask for one room. */
function turnOf({ clientId, startsAt }: OfferRequest): number {
  const digest = createHash('sha256')
    .update(`${clientId ?? ''} ${startsAt.getTime()}`)
    .digest();
  return digest.readUInt32BE(0);
}

const asResource = ({ id, kind }: Need['things'][number]): BookedResource => ({
  resourceId: id,
  kind,
  role: kind,
});

function candidateOf(
  made: Choice & {
    window: { start: Date; end: Date };
    team: readonly string[];
    things: readonly BookedResource[];
  },
): Candidate {
  const { request, chosen, terms, times, window, team } = made;
  const { service } = chosen;
  const [providerId = ''] = team;
  const timeZone = times.find((time) => time.providerId === providerId)?.zone.name ?? 'UTC';
  const staff = team.map((id): BookedResource => ({
    resourceId: id,
    kind: 'STAFF',
    role: id === providerId ? 'PROVIDER' : 'CO_PROVIDER',
  }));
  const resources = [...staff, ...made.things];
  const windows = resources.map(({ resourceId }) => ({ resourceId, ...window }));
  const pools = chosen.needs.flatMap(({ things, needed }) =>
    things
      .filter(({ capacity }) => capacity !== null)
      .map(({ id }) => ({ poolId: id, units: needed * request.seats, ...window })),
  );
  const { startsAt, clientId } = request;
  const counted = { serviceId: service.id, providerId, clientId, startsAt, timeZone };
  const claims = claimsOf(chosen.limits, counted);
  const limits = request.rules === 'CLIENT' ? claims : claims.map(withoutEnd);
  const of = { providerId, timeZone, pools, limits };
  if (service.capacity === 1) return { ...of, windows, resources, sessionKey: null };
  const endsAt = new Date(startsAt.getTime() + terms.durationMinutes * 60_000);
  const sessionKey = {
    serviceId: service.id,
    providerId,
    startsAt,
    endsAt,
    capacity: service.capacity,
    windows,
  };
  return { ...of, windows: [], resources: [], sessionKey };
}

/** What staff book counts, whatever the limit: clients get no more beside it than it lets. */
const withoutEnd = (claim: LimitClaim): LimitClaim => ({ ...claim, bookingsMax: 1_000_000 });
