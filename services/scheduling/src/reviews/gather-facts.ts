import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import { openZone, UnknownTimeZone } from '../availability/engine/zone.ts';
import type { BookingFacts } from './judge-booking.ts';

interface FactRow {
  made_last_hour: number;
  made_last_day: number;
  no_shows: number;
  kept: number;
  signals: string[] | null;
  known_since: Date | null;
  requests_of_network: number;
  time_zone: string | null;
  names: number;
  phones: number;
}

const DAY_MS = 86_400_000;

/** So many appointments of series are as one: a year of weekly ones is nothing odd, ten such years within an hour are. */
const SERIES_TIMES_AS_ONE = 10;

// Everything by the client's own rows and indexes: what it costs grows with one client, not with the business. What a client
// kept is weighed against what they missed and nothing else, so no more of it is counted than that takes: years of a faithful
// client cost what one appointment costs. Nothing is counted where staff made the booking.
export const FACTS_STATEMENT = `
WITH made AS (
  SELECT b.created_at, CASE WHEN b.origin = 'SERIES' THEN 1.0 / ${SERIES_TIMES_AS_ONE} ELSE 1 END AS weight
  FROM booking b WHERE b.client_id = $1 AND b.origin IN ('BOOKED', 'REQUEST', 'SERIES')
    AND b.starts_at > $5 AND b.created_at > $5),
people AS (
  SELECT a.name_index, a.phone_index FROM attendee a
  WHERE a.client_id = $1 AND a.added_at > $7 AND a.dependent_id IS NULL AND a.added_by_staff IS NULL),
missed AS (
  SELECT count(*)::int AS times FROM booking b WHERE b.client_id = $1 AND b.status = 'NO_SHOW' AND b.starts_at > $6)
SELECT
  (SELECT ceil(COALESCE(sum(weight), 0))::int FROM made WHERE created_at > $4) AS made_last_hour,
  (SELECT ceil(COALESCE(sum(weight), 0))::int FROM made) AS made_last_day,
  (SELECT times FROM missed) AS no_shows,
  (SELECT count(*)::int FROM (SELECT FROM booking b WHERE b.client_id = $1 AND b.status = 'COMPLETED' AND b.starts_at > $6
    ORDER BY b.starts_at DESC LIMIT (SELECT times + 1 FROM missed)) AS latest) AS kept,
  (SELECT array_agg(s.code) FROM client_signal s WHERE s.client_id = $1) AS signals,
  (SELECT c.registered_at FROM client c WHERE c.id = $1) AS known_since,
  (SELECT count(*)::int FROM slot_request r JOIN slot_request own ON own.booking_id = $2
    AND r.organization_id = own.organization_id AND r.network_hash = own.network_hash
    WHERE r.requested_at > $5 AND r.requested_at <= $3) AS requests_of_network,
  -- Of the request alone: the zone of an account is kept for reminders, with consent, and for nothing else.
  (SELECT r.time_zone FROM slot_request r WHERE r.booking_id = $2) AS time_zone,
  (SELECT count(DISTINCT name_index)::int FROM people) AS names,
  (SELECT count(DISTINCT phone_index)::int FROM people) AS phones
WHERE NOT EXISTS (SELECT FROM booking_history h WHERE h.booking_id = $2 AND h.version = 1 AND h.channel = 'STAFF')`;

/** What the rules look at, in one query. Null for a booking that staff made: they have spoken with somebody. */
export async function gatherFacts(
  tx: Transaction,
  booking: Booking,
  now: Date,
): Promise<BookingFacts | null> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  const [row] = await tx.query<FactRow>(FACTS_STATEMENT, [
    booking.clientId,
    booking.id,
    now,
    before(3_600_000),
    before(DAY_MS),
    before(180 * DAY_MS),
    before(30 * DAY_MS),
  ]);
  if (row === undefined) return null;
  const minutes = (ms: number) => Math.floor(ms / 60_000);
  return {
    madeLastHour: row.made_last_hour,
    madeLastDay: row.made_last_day,
    noShows: row.no_shows,
    kept: row.kept,
    signals: row.signals ?? [],
    knownForMinutes: row.known_since === null ? null : minutes(now.getTime() - row.known_since.getTime()),
    requestsOfNetwork: row.requests_of_network,
    hoursApart: row.time_zone === null ? null : hoursBetween(row.time_zone, booking),
    // A service that says nothing of where it takes place is a visit.
    inPerson: booking.locationKind === null || booking.locationKind === 'IN_PERSON',
    noticeMinutes: minutes(booking.startsAt.getTime() - now.getTime()),
    people: Math.max(row.names, row.phones),
  };
}

/** Null where this Node does not know the zone that another one took: a rule that cannot look finds nothing. */
function hoursBetween(askedFrom: string, { timeZone, startsAt }: Booking): number | null {
  const minute = Math.floor(startsAt.getTime() / 60_000);
  const offset = (zone: string) => openZone(zone).offsetAt(minute);
  try {
    return Math.abs(offset(askedFrom) - offset(timeZone)) / 60;
  } catch (error) {
    if (error instanceof UnknownTimeZone) return null;
    throw error;
  }
}
