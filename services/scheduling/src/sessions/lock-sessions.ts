import type { Transaction } from '@kept/database';

/** Which session is meant, whether it exists or not. */
export interface SessionName {
  readonly serviceId: string;
  readonly providerId: string;
  readonly startsAt: Date;
}

/**
 * Whoever changes a session has it to themselves until the transaction ends. By name and not by row, in one order: a session
 * that is just being made has no row to lock, and one who came to it from another session then held what the maker waited
 * for (three deadlocks in one race). Taken before any time is, as a booking is locked before its own.
 */
export async function lockSessions(tx: Transaction, sessions: readonly SessionName[]): Promise<void> {
  const names = sessions.map(
    ({ serviceId, providerId, startsAt }) => `session ${serviceId} ${providerId} ${startsAt.toISOString()}`,
  );
  await tx.query(
    `SELECT pg_advisory_xact_lock(sorted.key) FROM (
       SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS sorted`,
    [names],
  );
}

/** The session in which a booking has its seats. */
export async function sessionOf(
  tx: Transaction,
  bookingId: string,
): Promise<(SessionName & { id: string }) | null> {
  const [row] = await tx.query<SessionName & { id: string }>(
    `SELECT g.id, g.service_id AS "serviceId", g.provider_id AS "providerId", g.starts_at AS "startsAt"
     FROM session_seat s JOIN group_session g ON g.id = s.session_id WHERE s.booking_id = $1`,
    [bookingId],
  );
  return row ?? null;
}
