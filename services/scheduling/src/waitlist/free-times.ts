import type { Transaction } from '@kept/database';
import { Fault } from '@kept/subgraph-kit';
import { openZone } from '../availability/engine/zone.ts';
import { showOffers } from '../availability/find-availability.ts';
import { openOffers } from '../availability/open-offers.ts';
import type { Entry } from './entry.ts';

/** Further ahead nobody cancels, and there is time to look again. */
const LOOK_DAYS = 60;

/** A time that could be kept for somebody who waits, and where. */
export interface FreeTime {
  readonly providerId: string;
  /** Null: the service is offered in one place, or nothing is said of that. */
  readonly locationId: string | null;
  readonly startMinute: number;
  readonly minimumLeadMinutes: number;
}

/** Only times that start here are offered; null looks at everything that people wait for. */
export interface Around {
  readonly from: Date;
  readonly to: Date;
}

/** Free times by what is asked for, each read once: everybody in this pass sees the same. */
export function openFreeTimes(
  tx: Transaction,
  { now, around }: { now: Date; around: Around | null },
): (entry: Entry) => Promise<readonly FreeTime[]> {
  const read = new Map<string, readonly FreeTime[]>();
  const from = Math.max(now.getTime(), around?.from.getTime() ?? 0);
  const to = Math.min(
    now.getTime() + LOOK_DAYS * 86_400_000,
    around?.to.getTime() ?? Number.POSITIVE_INFINITY,
  );
  const range = { start: Math.ceil(from / 60_000), end: Math.ceil(to / 60_000) };
  return async (entry) => {
    if (range.end <= range.start) return [];
    const { serviceId, providerId, seats, clientId } = entry;
    const key = `${serviceId} ${providerId} ${seats} ${entry.timeZone}`;
    let times = read.get(key);
    if (times === undefined) {
      const asked = { serviceId, providerId, seats, clientId, range, now, zone: entry.timeZone };
      const places = await placesToChoose(tx, serviceId);
      const each: FreeTime[] = [];
      for (const locationId of places) each.push(...(await freeTimes(tx, { ...asked, locationId })));
      times = places.length === 1 ? each : each.toSorted((one, other) => one.startMinute - other.startMinute);
      read.set(key, times);
    }
    return times;
  };
}

async function freeTimes(
  tx: Transaction,
  asked: {
    serviceId: string;
    providerId: string | null;
    seats: number;
    clientId: string;
    range: { start: number; end: number };
    now: Date;
    zone: string;
    locationId: string | null;
  },
): Promise<FreeTime[]> {
  const { serviceId, providerId, seats, range, now, locationId } = asked;
  const wanted = {
    serviceId,
    variantId: null,
    addOnIds: [],
    locationId,
    providerId,
    seats,
    range,
    now,
  };
  try {
    // Limits of the client are left to the hold: what is read here serves everybody who asks the same.
    const open = await openOffers(tx, { ...wanted, booker: openZone(asked.zone), clientId: null });
    const { minimumLeadMinutes } = open.service.terms;
    return showOffers(open).slots.map((slot) => ({
      providerId: slot.providerId,
      locationId,
      startMinute: slot.startMinute,
      minimumLeadMinutes,
    }));
  } catch (error) {
    if (isNotOffered(error)) return [];
    throw error;
  }
}

/**
 * A service that is no longer offered, or by nobody they wait for, or not for so many: there is nothing to offer to them, and
 * others must not wait for it.
 */
export const isNotOffered = (error: unknown): boolean =>
  error instanceof Fault && (error.code === 'NOT_FOUND' || error.code === 'BAD_INPUT');

/** Whoever books says where; whoever waits takes any place. Where there is but one, nothing has to be chosen. */
async function placesToChoose(tx: Transaction, serviceId: string): Promise<(string | null)[]> {
  const places = await tx.query<{ id: string }>(
    `SELECT l.id FROM service_location sl JOIN location l ON l.id = sl.location_id
     WHERE sl.service_id = $1 AND l.active ORDER BY l.name, l.id`,
    [serviceId],
  );
  return places.length < 2 ? [null] : places.map(({ id }) => id);
}
