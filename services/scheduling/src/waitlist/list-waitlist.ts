import { sqlCondition } from '@kept/access-policy';
import { isOfTheirPlaces } from '../bookings/places.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import { ENTRY_COLUMNS, openOffersOf, type Entry, type Offer } from './entry.ts';
import { isOfferedAmong } from './places-of-entries.ts';

/** An entry as it is shown, with what depends on the others. */
export interface ShownEntry extends Entry {
  readonly place?: number | null;
  readonly offer?: Offer | null;
}

interface ListWaitlist {
  serviceId?: string | null;
  clientId?: string | null;
  first?: number | null;
}

/** Who waits, in the order of turns; those who no longer do come after them. Filtered where they lie. */
export function listWaitlist(context: SchedulingContext, request: ListWaitlist): Promise<ShownEntry[]> {
  const first = readCount(request.first ?? 50, { field: 'first', min: 1, max: 100 });
  const parameters: unknown[] = [
    first,
    request.serviceId == null ? null : readId(request.serviceId, 'serviceId'),
    request.clientId == null ? null : readId(request.clientId, 'clientId'),
    context.caller.locations,
  ];
  const allowed = sqlCondition(context.ability, 'read', 'WaitlistEntry', {
    alias: 'e',
    columns: { clientId: 'client_id' },
    offset: parameters.length,
  });
  return inOrganization(context, async (tx) => {
    const entries = await tx.query<Entry>(
      `SELECT ${ENTRY_COLUMNS} FROM waitlist_entry e
       WHERE ${allowed.sql} AND ($2::uuid IS NULL OR e.service_id = $2) AND ($3::uuid IS NULL OR e.client_id = $3)
         AND ${isOfferedAmong('e.service_id', '$4')}
       ORDER BY e.status NOT IN ('WAITING', 'OFFERED'), e.turn_since, e.joined_at, e.id LIMIT $1`,
      [...parameters, ...allowed.parameters],
    );
    return withPlaces(tx, context, entries);
  });
}

/** Adds what depends on others: how many are asked before, and what is kept at the moment. Two queries for all. */
async function withPlaces(
  tx: Parameters<typeof openOffersOf>[0],
  { caller }: Pick<SchedulingContext, 'caller'>,
  entries: readonly Entry[],
): Promise<ShownEntry[]> {
  const ids = entries.map(({ id }) => id);
  const open = await openOffersOf(tx, ids);
  const offers = new Map(
    open.filter((offer) => isOfTheirPlaces(caller, offer)).map((offer) => [offer.entryId, offer]),
  );
  const places = await tx.query<{ id: string; place: number }>(
    `SELECT e.id, (SELECT count(*)::int + 1 FROM waitlist_entry o
       WHERE o.organization_id = e.organization_id AND o.service_id = e.service_id AND o.status = 'WAITING'
         AND (o.turn_since, o.joined_at, o.id) < (e.turn_since, e.joined_at, e.id)) AS place
     FROM waitlist_entry e WHERE e.id = ANY ($1::uuid[]) AND e.status = 'WAITING'`,
    [ids],
  );
  const placeOf = new Map(places.map(({ id, place }) => [id, place]));
  return entries.map((entry) => ({
    ...entry,
    place: placeOf.get(entry.id) ?? null,
    offer: offers.get(entry.id) ?? null,
  }));
}

/** The same for one entry that a mutation answers with. */
export async function showEntry(context: SchedulingContext, entry: ShownEntry): Promise<ShownEntry> {
  if (entry.place !== undefined && entry.offer !== undefined) return entry;
  const [shown] = await inOrganization(context, (tx) => withPlaces(tx, context, [entry]));
  return shown ?? entry;
}
