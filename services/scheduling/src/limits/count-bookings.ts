import type { Transaction } from '@kept/database';
import { claimsOf, readOrganizationZone, type BookingLimit, type LimitsOfService } from './find-limits.ts';

interface Counted {
  id: string;
  providerId: string;
  serviceId: string;
  clientId: string;
  startsAt: Date;
  timeZone: string;
  heldUntil: Date | null;
}

const BATCH = 2000;
/** A month that has begun may have its bookings up to here. */
const PERIOD_DAYS_MAX = 32;

/**
 * Counts what is booked already for a limit that is new: everything of the periods that have not ended. Where there is more
 * than the limit lets, the counter says so and nobody else gets in; nobody loses a booking.
 */
export async function countBookings(tx: Transaction, limit: BookingLimit, now: Date): Promise<void> {
  const since = new Date(now.getTime() - PERIOD_DAYS_MAX * 86_400_000);
  const organizationZone = await readOrganizationZone(tx);
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const bookings = await tx.query<Counted>(
      `SELECT b.id, b.provider_id AS "providerId", b.service_id AS "serviceId", b.client_id AS "clientId",
              b.starts_at AS "startsAt", b.time_zone AS "timeZone",
              CASE WHEN b.status IN ('UNVERIFIED', 'PENDING_PAYMENT', 'PENDING_CONFIRMATION') THEN b.held_until END AS "heldUntil"
       FROM booking b
       WHERE b.organization_id = $1 AND b.starts_at >= $2 AND b.id > $3
         AND ($4::uuid IS NULL OR b.service_id = $4) AND ($5::uuid IS NULL OR b.provider_id = $5)
         AND b.status NOT IN ('CANCELLED', 'DECLINED', 'EXPIRED')
       ORDER BY b.id LIMIT ${BATCH}`,
      [tx.organizationId, since, after, limit.serviceId, limit.providerId],
    );
    await write(tx, bookings, { limits: [limit], organizationZone });
    const last = bookings.at(-1);
    if (last === undefined || bookings.length < BATCH) break;
    after = last.id;
  }
  await tx.query(
    `INSERT INTO limit_use (organization_id, limit_id, subject_id, period_start, used, bookings_max)
     SELECT $1, limit_id, subject_id, period_start, count(*), GREATEST($3, count(*)) FROM limit_claim
     WHERE limit_id = $2 GROUP BY subject_id, limit_id, period_start ORDER BY subject_id, period_start`,
    [tx.organizationId, limit.id, limit.bookingsMax],
  );
}

async function write(
  tx: Transaction,
  bookings: readonly Counted[],
  counting: LimitsOfService,
): Promise<void> {
  const claims = bookings.flatMap((booking) =>
    claimsOf(counting, booking).map((claim) => ({ ...claim, booking })),
  );
  await tx.query(
    `INSERT INTO limit_claim (booking_id, organization_id, limit_id, subject_id, period_start, expires_at, counted)
     SELECT c.booking_id, $1, $2, c.subject_id, c.period_start, c.expires_at, true
     FROM unnest($3::uuid[], $4::uuid[], $5::date[], $6::timestamptz[]) AS c (booking_id, subject_id, period_start, expires_at)`,
    [
      tx.organizationId,
      counting.limits[0]?.id,
      claims.map(({ booking }) => booking.id),
      claims.map(({ subjectId }) => subjectId),
      claims.map(({ periodStart }) => periodStart),
      claims.map(({ booking }) => booking.heldUntil),
    ],
  );
}
