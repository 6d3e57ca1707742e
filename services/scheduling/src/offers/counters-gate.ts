import type { Transaction } from '@kept/database';
import { lockWindows } from '../arbiter/move-windows.ts';

// One booking takes its time first and what is counted beside it after. Whoever changes several in one transaction has the
// counters of the first when they ask for the time of the second, and somebody else has that time and waits for those
// counters (two deadlocks in three seconds of a mixed race). So before any time is taken, those who touch counters for one
// booking pass together, and who does so for several passes alone.

const KEY = "hashtextextended('counters of ' || current_setting('kept.organization'), 0)";

/** SQL that lets whoever changes one booking touch what is counted, beside all others who do the same. */
export const SHARE_COUNTERS = `pg_advisory_xact_lock_shared(${KEY})`;

/** Before the time of one booking is taken that counts somewhere; until the transaction ends. */
export async function shareCounters(tx: Transaction): Promise<void> {
  await tx.query(`SELECT ${SHARE_COUNTERS}`);
}

/** Before the times of several bookings are taken in one transaction; until it ends. Their rows are locked before. */
export async function haveCounters(tx: Transaction): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(${KEY})`);
}

/** Keeps everything that several locked bookings take from changing, in the one order of all, before any of it is changed. */
export async function lockTimesOf(tx: Transaction, bookingIds: readonly string[]): Promise<void> {
  await haveCounters(tx);
  const owners = await tx.query<{ id: string }>(
    `SELECT id FROM unnest($1::uuid[]) AS id
     UNION SELECT id FROM slot_hold WHERE booking_id = ANY ($1::uuid[])
     UNION SELECT session_id FROM session_seat WHERE booking_id = ANY ($1::uuid[])`,
    [bookingIds],
  );
  await lockWindows(tx, { owners: owners.map(({ id }) => id), windows: [] });
}
