import type { Transaction } from '@kept/database';
import { lockWindows } from '../arbiter/move-windows.ts';
import { releaseSeats } from './keep-seats.ts';
import { lockSessions, sessionOf } from './lock-sessions.ts';
import { takeSeats, type SeatRequest, type SeatsOutcome } from './take-seats.ts';

/**
 * Moves a booking's seats to another session. The sessions that are left and entered are locked in one order, then the time
 * of both and all that stands in the way, as bookings that move do it (move-windows.ts): two that swap sessions would wait
 * for each other otherwise. When the answer is not TAKEN the caller rolls back, and the old seats are kept.
 */
export async function moveSeats(tx: Transaction, asked: SeatRequest): Promise<SeatsOutcome> {
  const from = await sessionOf(tx, asked.bookingId);
  await lockSessions(tx, from === null ? [asked.key] : [from, asked.key]);
  const sessions = await tx.query<{ id: string }>(
    `SELECT id FROM group_session WHERE id = $1
     UNION SELECT id FROM group_session WHERE service_id = $2 AND provider_id = $3 AND starts_at = $4`,
    [from?.id ?? null, asked.key.serviceId, asked.key.providerId, asked.key.startsAt],
  );
  await lockWindows(tx, { owners: sessions.map(({ id }) => id), windows: asked.key.windows });
  await releaseSeats(tx, asked.bookingId);
  return takeSeats(tx, asked);
}
