import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { BookedWindow } from '../arbiter/booked-window.ts';
import { holdWindows } from '../arbiter/hold-windows.ts';
import { keepBlock, releaseBlock } from '../arbiter/release-windows.ts';
import { lockSessions, type SessionName } from './lock-sessions.ts';

/** A group session is one service of one provider at one start. */
export interface SessionKey extends SessionName {
  readonly endsAt: Date;
  /** Seats, when the session begins with this booking. */
  readonly capacity: number;
  /** What it takes when it begins with this booking: provider and rooms, all for the same time, buffers included. */
  readonly windows: readonly BookedWindow[];
}

interface Session {
  readonly id: string;
  readonly endsAt: Date;
  readonly capacity: number;
  /** Taken by claims that have not run out. */
  readonly seatsTaken: number;
}

export interface SeatRequest {
  readonly key: SessionKey;
  readonly bookingId: string;
  readonly seats: number;
  /** Null: for good. */
  readonly expiresAt: Date | null;
  readonly now: Date;
}

/** What came of it: FULL has not as many seats left, BLOCKED means that its provider or room is taken by something else. */
export type SeatsOutcome = 'TAKEN' | 'FULL' | 'BLOCKED';

/**
 * Takes seats of a session, which the first booking makes. All of it happens under the session's lock. When the answer is not
 * TAKEN the caller rolls back.
 */
export async function takeSeats(tx: Transaction, asked: SeatRequest): Promise<SeatsOutcome> {
  const { key, seats, now } = asked;
  await lockSessions(tx, [key]);
  const found = await findOrMakeSession(tx, key);
  const session = await purgeExpiredSeats(tx, found, now);
  if (session.seatsTaken === 0) {
    if (seats > key.capacity) return 'FULL';
    if (!(await openSession(tx, session.id, asked))) return 'BLOCKED';
  } else {
    // A variant of another length would need the provider for longer than the session has them.
    if (session.endsAt.getTime() !== key.endsAt.getTime()) return 'BLOCKED';
    if (session.seatsTaken + seats > session.capacity) return 'FULL';
  }
  await tx.query(
    `INSERT INTO session_seat (booking_id, organization_id, session_id, seats, expires_at, counted)
     VALUES ($1, $2, $3, $4, $5, true)`,
    [asked.bookingId, tx.organizationId, session.id, seats, asked.expiresAt],
  );
  await settleSession(tx, session.id);
  return 'TAKEN';
}

/** The row of a locked session, made if need be. */
async function findOrMakeSession(tx: Transaction, key: SessionKey): Promise<Session> {
  const of = [key.serviceId, key.providerId, key.startsAt];
  await tx.query(
    `INSERT INTO group_session (id, organization_id, service_id, provider_id, starts_at, ends_at, capacity, seats_taken,
       resource_ids, blocked_from, blocked_until)
     VALUES ($4, $5, $1, $2, $3, $6, $7, 0, $8, $9, $10)
     ON CONFLICT ON CONSTRAINT one_session_per_service_provider_and_start DO NOTHING`,
    [...of, randomUUID(), tx.organizationId, key.endsAt, key.capacity, ...blockOf(key)],
  );
  const [row] = await tx.query<Session>(
    `SELECT id, ends_at AS "endsAt", capacity, seats_taken AS "seatsTaken" FROM group_session
     WHERE service_id = $1 AND provider_id = $2 AND starts_at = $3`,
    of,
  );
  if (row === undefined) throw new Error('a session that was made is there');
  return row;
}

/** Seats whose time ran out are free again from that instant on, swept or not. */
async function purgeExpiredSeats(tx: Transaction, session: Session, now: Date): Promise<Session> {
  const expired = await tx.query<{ seats: number }>(
    `UPDATE session_seat SET counted = false
     WHERE session_id = $1 AND counted AND expires_at <= $2 RETURNING seats`,
    [session.id, now],
  );
  if (expired.length === 0) return session;
  const seatsTaken = session.seatsTaken - expired.reduce((sum, { seats }) => sum + seats, 0);
  return { ...session, seatsTaken };
}

/** Takes provider and rooms for a session that nobody has a seat in. What an earlier one left behind gives way. */
async function openSession(
  tx: Transaction,
  id: string,
  { key, expiresAt, now }: SeatRequest,
): Promise<boolean> {
  await tx.query(
    `UPDATE group_session SET seats_taken = 0, ends_at = $2, capacity = $3, resource_ids = $4, blocked_from = $5, blocked_until = $6
     WHERE id = $1`,
    [id, key.endsAt, key.capacity, ...blockOf(key)],
  );
  await releaseBlock(tx, id);
  return holdWindows(tx, { id, windows: key.windows, now, expiresAt, ownerKind: 'block' });
}

function blockOf({ windows, startsAt, endsAt }: SessionKey): [string[], Date, Date] {
  const [first] = windows;
  return [windows.map(({ resourceId }) => resourceId), first?.start ?? startsAt, first?.end ?? endsAt];
}

/**
 * Writes what follows from the seats of a locked session: how many are taken, and until when its time is kept. For good as
 * soon as one booking stands; until the last of them runs out while all are holds; not at all without any.
 */
export async function settleSession(tx: Transaction, id: string): Promise<void> {
  const [seats] = await tx.query<{ taken: number; standing: boolean | null; until: Date | null }>(
    `UPDATE group_session g SET seats_taken = s.taken
     FROM (SELECT COALESCE(sum(seats), 0)::int AS taken, bool_or(expires_at IS NULL) AS standing, max(expires_at) AS until
           FROM session_seat WHERE session_id = $1 AND counted) AS s
     WHERE g.id = $1 RETURNING s.taken, s.standing, s.until`,
    [id],
  );
  if (seats === undefined || seats.taken === 0) await releaseBlock(tx, id);
  else await keepBlock(tx, id, seats.standing === true ? null : seats.until);
}
