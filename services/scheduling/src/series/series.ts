import { may, mayRead, type Ability } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';

/** Appointments of a client with a provider that were booked together. */
export interface Series {
  readonly id: string;
  readonly organizationId: string;
  readonly clientId: string;
  readonly providerId: string;
  readonly serviceId: string;
  /** Of its bookings, which are all asked for in one place; null when the service leaves none. */
  readonly locationId: string | null;
  readonly rule: string;
  readonly timeZone: string;
  readonly version: number;
  readonly createdAt: Date;
}

/** One time of a series: booked, or why not. */
export interface Occurrence {
  readonly position: number;
  readonly plannedAt: Date;
  readonly bookingId: string | null;
  readonly reason: string | null;
}

const COLUMNS = `s.id, s.organization_id AS "organizationId", s.client_id AS "clientId",
  s.provider_id AS "providerId", s.service_id AS "serviceId", s.rule, s.time_zone AS "timeZone", s.version,
  s.created_at AS "createdAt", (SELECT b.location_id FROM series_occurrence p JOIN booking b ON b.id = p.booking_id
    WHERE p.series_id = s.id ORDER BY p.position LIMIT 1) AS "locationId"`;

/** A series as it is. */
export async function findSeries(tx: Transaction, id: string): Promise<Series | null> {
  const [series] = await tx.query<Series>(`SELECT ${COLUMNS} FROM booking_series s WHERE s.id = $1`, [id]);
  return series ?? null;
}

/** The series of bookings that were booked with one. */
export async function seriesOfBookings(
  tx: Transaction,
  ids: readonly string[],
): Promise<Map<string, Series>> {
  const rows = await tx.query<Series & { bookingId: string }>(
    `SELECT ${COLUMNS}, o.booking_id AS "bookingId" FROM series_occurrence o JOIN booking_series s ON s.id = o.series_id
     WHERE o.booking_id = ANY($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map(({ bookingId, ...series }) => [bookingId, series]));
}

/**
 * A series that the caller may change, kept from changing. It is locked before its bookings; whoever changes one booking
 * alone never asks for it, so the two cannot wait for each other.
 */
export async function lockSeries(tx: Transaction, ability: Ability, id: string): Promise<Series> {
  const [series] = await tx.query<Series>(
    `SELECT ${COLUMNS} FROM booking_series s WHERE s.id = $1 FOR UPDATE`,
    [id],
  );
  if (series === undefined || !mayRead(ability, 'BookingSeries', series)) throw refused.notFound('series');
  if (!may(ability, 'change', 'BookingSeries', series)) throw refused.forbidden();
  return series;
}

/** The times of a series, in order. */
export function occurrencesOf(tx: Transaction, seriesId: string): Promise<Occurrence[]> {
  return tx.query<Occurrence>(
    `SELECT position, planned_at AS "plannedAt", booking_id AS "bookingId", reason
     FROM series_occurrence WHERE series_id = $1 ORDER BY position`,
    [seriesId],
  );
}

/** Notes that a series has changed, and where its last appointment ends now. */
export async function saveSeriesChange(tx: Transaction, series: Series): Promise<void> {
  await tx.query(
    `UPDATE booking_series SET version = version + 1, ends_at = COALESCE(
       (SELECT max(b.ends_at) FROM series_occurrence o JOIN booking b ON b.id = o.booking_id WHERE o.series_id = $1),
       ends_at), starts_at = COALESCE(
       (SELECT min(b.starts_at) FROM series_occurrence o JOIN booking b ON b.id = o.booking_id WHERE o.series_id = $1),
       starts_at)
     WHERE id = $1`,
    [series.id],
  );
}
