import type { Transaction } from '@kept/database';
import { periodStart, type Period } from '../availability/engine/periods.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { LimitClaim } from './claim-limits.ts';

/** Whose bookings a limit counts. */
export type LimitScope = 'PROVIDER' | 'SERVICE' | 'CLIENT';

export interface BookingLimit {
  readonly id: string;
  readonly scope: LimitScope;
  readonly period: Period;
  readonly bookingsMax: number;
  /** Null: each provider by themselves. */
  readonly providerId: string | null;
  /** Null: bookings of all services together. */
  readonly serviceId: string | null;
}

/** What a booking would be, as far as limits care. */
export interface CountedBooking {
  readonly serviceId: string;
  readonly providerId: string;
  /** Null while nobody knows who it will be for. */
  readonly clientId: string | null;
  readonly startsAt: Date;
  /** The zone the provider works in. */
  readonly timeZone: string;
}

/** Limits that count together, and where the organization counts its days. */
export interface LimitsOfService {
  readonly limits: readonly BookingLimit[];
  readonly organizationZone: string;
}

const LIMIT = `SELECT l.id, l.scope, l.period, l.bookings_max AS "bookingsMax", l.provider_id AS "providerId",
  l.service_id AS "serviceId" FROM booking_limit l`;
const LIMITS_MAX = 500;

/** The limits that bookings of a service can fall under, and the organization's zone; one query when there are none. */
export async function readLimits(tx: Transaction, serviceId: string): Promise<LimitsOfService> {
  const limits = await tx.query<BookingLimit>(
    `${LIMIT} WHERE l.service_id IS NULL OR l.service_id = $1 ORDER BY l.id`,
    [serviceId],
  );
  return { limits, organizationZone: limits.length === 0 ? 'UTC' : await readOrganizationZone(tx) };
}

/** The zone in which the business counts its days. */
export async function readOrganizationZone(tx: Transaction): Promise<string> {
  const [profile] = await tx.query<{ zone: string }>('SELECT time_zone AS zone FROM organization_profile');
  return profile?.zone ?? 'UTC';
}

/** All limits of a business. */
export function listLimits(tx: Transaction): Promise<BookingLimit[]> {
  return tx.query<BookingLimit>(`${LIMIT} ORDER BY l.scope, l.period, l.id LIMIT ${LIMITS_MAX}`);
}

export async function findLimit(tx: Transaction, id: string): Promise<BookingLimit | undefined> {
  const [limit] = await tx.query<BookingLimit>(`${LIMIT} WHERE l.id = $1`, [id]);
  return limit;
}

/**
 * What a booking counts for. A provider's periods begin in the zone the provider works in, those of services and clients in
 * the organization's: a day is a day of whoever keeps the limit, across any change of the clocks.
 */
export function claimsOf(
  { limits, organizationZone }: LimitsOfService,
  booking: CountedBooking,
): LimitClaim[] {
  return limits.flatMap((limit) => {
    const subjectId = subjectOf(limit, booking);
    if (subjectId === null) return [];
    const zone = openZone(limit.scope === 'PROVIDER' ? booking.timeZone : organizationZone);
    const first = periodStart(limit.period, zone, booking.startsAt.getTime() / 60_000);
    const date = new Date(first * 86_400_000).toISOString().slice(0, 10);
    return [{ limitId: limit.id, subjectId, periodStart: date, bookingsMax: limit.bookingsMax }];
  });
}

function subjectOf(limit: BookingLimit, booking: CountedBooking): string | null {
  if (limit.serviceId !== null && limit.serviceId !== booking.serviceId) return null;
  if (limit.scope === 'SERVICE') return booking.serviceId;
  if (limit.scope === 'CLIENT') return booking.clientId;
  return limit.providerId === null || limit.providerId === booking.providerId ? booking.providerId : null;
}

/** How much of the limits is used by these subjects in periods that begin in [from, to]: one query for availability. */
export function readLimitUse(
  tx: Transaction,
  asked: { subjectIds: readonly string[]; from: string; to: string; now: Date },
): Promise<{ limitId: string; subjectId: string; periodStart: string; used: number }[]> {
  return tx.query(
    `SELECT u.limit_id AS "limitId", u.subject_id AS "subjectId", u.period_start::text AS "periodStart",
            (u.used - (SELECT count(*) FROM limit_claim c
              WHERE c.limit_id = u.limit_id AND c.subject_id = u.subject_id AND c.period_start = u.period_start
                AND c.counted AND c.expires_at <= $4))::int AS used
     FROM limit_use u WHERE u.subject_id = ANY ($1::uuid[]) AND u.period_start BETWEEN $2::date AND $3::date AND u.used > 0
     ORDER BY u.limit_id, u.subject_id, u.period_start`,
    [asked.subjectIds, asked.from, asked.to, asked.now],
  );
}
