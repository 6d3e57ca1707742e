import type { Transaction } from '@kept/database';

/** A session that somebody has a seat in, as the availability of its service wants it. */
export interface SessionRoom {
  readonly providerId: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly capacity: number;
  readonly remainingCapacity: number;
}

/**
 * The sessions of a service that start in [from, to) and have somebody in them, whoever gives them: one query. Seats whose
 * time ran out are free here as they are for whoever books.
 */
export const SESSIONS_STATEMENT = `
SELECT g.provider_id AS "providerId", g.starts_at AS "startsAt", g.ends_at AS "endsAt", g.capacity,
       (g.capacity - g.seats_taken + expired.seats)::int AS "remainingCapacity"
FROM group_session g, LATERAL (
  SELECT COALESCE(sum(s.seats), 0) AS seats FROM session_seat s
  WHERE s.session_id = g.id AND s.counted AND s.expires_at <= $4) AS expired
WHERE g.service_id = $1 AND g.starts_at >= $2 AND g.starts_at < $3 AND g.seats_taken > expired.seats
ORDER BY g.starts_at, g.provider_id LIMIT 5000`;

export function readSessions(
  tx: Transaction,
  { serviceId, from, to, now }: { serviceId: string; from: Date; to: Date; now: Date },
): Promise<SessionRoom[]> {
  return tx.query<SessionRoom>(SESSIONS_STATEMENT, [serviceId, from, to, now]);
}
