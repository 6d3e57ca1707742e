import type { Transaction } from '@kept/database';
import { lockSessions, sessionOf } from './lock-sessions.ts';
import { settleSession, type SessionKey } from './take-seats.ts';

interface LockedSeat {
  session_id: string;
  counted: boolean;
  expires_at: Date | null;
}

/** A booking's seat with its session locked; none for a booking that is no seat of a session. */
async function lockSeat(tx: Transaction, bookingId: string): Promise<LockedSeat | undefined> {
  const session = await sessionOf(tx, bookingId);
  if (session === null) return undefined;
  // The session first, then what became of the seat: somebody may have purged it while this waited.
  await lockSessions(tx, [session]);
  const [seat] = await tx.query<LockedSeat>(
    'SELECT session_id, counted, expires_at FROM session_seat WHERE booking_id = $1',
    [bookingId],
  );
  return seat;
}

/** Keeps a booking's seats until another instant, or for good (null). False when they ran out and may be others' now. */
export async function keepSeats(
  tx: Transaction,
  { bookingId, until, now }: { bookingId: string; until: Date | null; now: Date },
): Promise<boolean> {
  const seat = await lockSeat(tx, bookingId);
  if (seat === undefined) return true;
  if (!seat.counted || (seat.expires_at !== null && seat.expires_at <= now)) return false;
  await tx.query('UPDATE session_seat SET expires_at = $2 WHERE booking_id = $1', [bookingId, until]);
  await settleSession(tx, seat.session_id);
  return true;
}

/** What a booking would need to have its seats once more, read from its session. */
export async function readSeats(
  tx: Transaction,
  bookingId: string,
): Promise<{ key: SessionKey; seats: number } | null> {
  const [row] = await tx.query<SessionKey & { seats: number; resources: string[]; from: Date; until: Date }>(
    `SELECT g.service_id AS "serviceId", g.provider_id AS "providerId", g.starts_at AS "startsAt", g.ends_at AS "endsAt",
            g.capacity, s.seats, g.resource_ids AS resources, g.blocked_from AS from, g.blocked_until AS until
     FROM session_seat s JOIN group_session g ON g.id = s.session_id WHERE s.booking_id = $1`,
    [bookingId],
  );
  if (row === undefined) return null;
  const { seats, resources, from, until, ...key } = row;
  const windows = resources.map((resourceId) => ({ resourceId, start: from, end: until }));
  return { key: { ...key, windows }, seats };
}

/** Gives a booking's seats back; the rest of the session stays, and with the last seat its time is free again. */
export async function releaseSeats(tx: Transaction, bookingId: string): Promise<void> {
  const seat = await lockSeat(tx, bookingId);
  if (seat === undefined) return;
  await tx.query('DELETE FROM session_seat WHERE booking_id = $1', [bookingId]);
  await settleSession(tx, seat.session_id);
}

/** Counts a booking's seats no longer, and remembers them: whoever pays late asks for the same ones. */
export async function lapseSeats(tx: Transaction, bookingId: string): Promise<void> {
  const seat = await lockSeat(tx, bookingId);
  if (seat === undefined) return;
  await tx.query('UPDATE session_seat SET counted = false WHERE booking_id = $1', [bookingId]);
  await settleSession(tx, seat.session_id);
}
