import type { Transaction } from '@kept/database';
import { openZone } from '../availability/engine/zone.ts';
import type { WaitlistStatus } from '../schema-types.ts';
import type { Wish } from './turns.ts';

/** Somebody who waits for a time. */
export interface Entry {
  readonly id: string;
  readonly organizationId: string;
  readonly clientId: string;
  readonly serviceId: string;
  readonly providerId: string | null;
  readonly seats: number;
  readonly timeZone: string;
  readonly earliestMinute: number;
  readonly latestMinute: number;
  readonly status: WaitlistStatus;
  readonly version: number;
  readonly turnSince: Date;
  readonly lapses: number;
  readonly joinedAt: Date;
  readonly endsAt: Date;
  readonly windows: { from: string; to: string }[];
}

/** What was offered to whom. */
export interface Offer {
  readonly id: string;
  readonly entryId: string;
  readonly holdId: string;
  readonly bookingId: string;
  readonly providerId: string;
  /** Where it would be; null when nothing was said of that. */
  readonly locationId: string | null;
  readonly startsAt: Date;
  readonly status: 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'LAPSED';
  readonly offeredAt: Date;
  readonly answerBy: Date;
}

export const ENTRY_COLUMNS = `e.id, e.organization_id AS "organizationId", e.client_id AS "clientId",
  e.service_id AS "serviceId", e.provider_id AS "providerId", e.seats, e.time_zone AS "timeZone",
  e.earliest_minute AS "earliestMinute", e.latest_minute AS "latestMinute", e.status, e.version,
  e.turn_since AS "turnSince", e.lapses, e.joined_at AS "joinedAt", e.ends_at AS "endsAt",
  (SELECT json_agg(json_build_object('from', w.from_date, 'to', w.to_date) ORDER BY w.from_date)
   FROM waitlist_window w WHERE w.entry_id = e.id) AS windows`;

const OFFER_COLUMNS = `o.id, o.entry_id AS "entryId", o.hold_id AS "holdId", o.booking_id AS "bookingId",
  o.provider_id AS "providerId", (SELECT b.location_id FROM booking b WHERE b.id = o.booking_id) AS "locationId", o.starts_at AS "startsAt", o.status, o.offered_at AS "offeredAt",
  COALESCE((SELECT h.expires_at FROM slot_hold h WHERE h.id = o.hold_id), o.answer_by) AS "answerBy"`;

/** An entry as it is. */
export async function findEntry(tx: Transaction, id: string): Promise<Entry | null> {
  const [entry] = await tx.query<Entry>(`SELECT ${ENTRY_COLUMNS} FROM waitlist_entry e WHERE e.id = $1`, [
    id,
  ]);
  return entry ?? null;
}

/** An offer as it is. */
export async function findOffer(tx: Transaction, id: string): Promise<Offer | null> {
  const [offer] = await tx.query<Offer>(`SELECT ${OFFER_COLUMNS} FROM waitlist_offer o WHERE o.id = $1`, [
    id,
  ]);
  return offer ?? null;
}

/** What is kept for some entries at the moment: one query, however many they are. */
export function openOffersOf(tx: Transaction, entryIds: readonly string[]): Promise<Offer[]> {
  return tx.query<Offer>(
    `SELECT ${OFFER_COLUMNS} FROM waitlist_offer o WHERE o.entry_id = ANY ($1::uuid[]) AND o.status = 'OPEN'`,
    [entryIds],
  );
}

/** What an entry waits for, as the pure rules want it. */
export function wishOf(entry: Entry): Wish {
  const { windows, earliestMinute, latestMinute } = entry;
  return { zone: openZone(entry.timeZone), windows, earliestMinute, latestMinute };
}

/**
 * One after the other: who offers free times of a business, and who leaves while they do. Taken before everything else;
 * whoever holds a booking never asks for it.
 */
export async function takeTurns(tx: Transaction): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `waitlist of ${String(tx.organizationId)}`,
  ]);
}
