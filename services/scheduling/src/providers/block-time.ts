import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { BookedWindow } from '../arbiter/booked-window.ts';
import { holdWindows } from '../arbiter/hold-windows.ts';
import { subtractSpans } from '../availability/engine/intervals.ts';

/** An absence of some providers, by its own id. */
export interface BlockedTime {
  readonly id: string;
  readonly providerIds: readonly string[];
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** What takes a provider's time already: a hold, a booking, or a block (a group session, another absence). */
export interface TakenRow {
  readonly resource_id: string;
  readonly owner_kind: 'hold' | 'booking' | 'block';
  readonly owner_id: string;
  readonly starts_at: Date;
  readonly ends_at: Date;
}

// Read through allocation_by_resource_and_start; the lower bound is the longest row there can be.
const TAKEN = `
SELECT resource_id, owner_kind, owner_id, starts_at, ends_at FROM allocation
WHERE resource_id = ANY ($1::uuid[]) AND starts_at > $2::timestamptz - interval '48 hours' AND starts_at < $3
  AND ends_at > $2 AND status IN ('held', 'pending', 'confirmed') AND (status <> 'held' OR expires_at > $4)
ORDER BY resource_id, starts_at`;

/** allocation_lasts_at_most_two_days. */
const PIECE_MS = 48 * 3_600_000;
const ATTEMPTS_MAX = 5;

/** What is in the way of an absence. */
export function readTaken(tx: Transaction, time: BlockedTime, now: Date): Promise<TakenRow[]> {
  return tx.query<TakenRow>(TAKEN, [time.providerIds, time.startsAt, time.endsAt, now]);
}

/**
 * Takes, in the arbiter, all of an absence that nothing else has. `mayGoOn` sees what has the rest, and throws when the
 * absence should not be.
 *
 * Whoever holds one of these times meanwhile is met as one hold meets another: either their row is in the way of ours,
 * and we look again, or ours is in the way of theirs. Rows that we got already are given back before looking again.
 */
export async function blockTime(
  tx: Transaction,
  time: BlockedTime,
  { now, mayGoOn }: { now: Date; mayGoOn: (taken: readonly TakenRow[]) => Promise<void> },
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const taken = await readTaken(tx, time, now);
    await mayGoOn(taken);
    const windows = time.providerIds.flatMap((resourceId) => whatIsLeft(resourceId, time, taken));
    if (await holdWindows(tx, { id: time.id, windows, now, expiresAt: null, ownerKind: 'block' })) return;
    await unblockTime(tx, time.id);
  }
  throw refused.unavailable('Much is being booked at this time just now. Please try again.');
}

/** Gives back what an absence took; its rows are locked in the order in which everybody locks rows of the arbiter. */
export async function unblockTime(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `WITH own AS (SELECT a.id FROM allocation a WHERE a.owner_id = $1 AND a.owner_kind = 'block'
                  ORDER BY a.resource_id, lower(a.period) FOR UPDATE)
     DELETE FROM allocation a USING own WHERE a.id = own.id`,
    [id],
  );
}

/** The parts of an absence that nothing has, each as long as a row may be. */
function whatIsLeft(resourceId: string, time: BlockedTime, taken: readonly TakenRow[]): BookedWindow[] {
  const own = taken.filter((row) => row.resource_id === resourceId);
  const left = subtractSpans(
    [time.startsAt.getTime(), time.endsAt.getTime()],
    // In order and apart: the arbiter's rows of one resource never overlap.
    own.flatMap((row) => [row.starts_at.getTime(), row.ends_at.getTime()]),
  );
  const windows: BookedWindow[] = [];
  for (let span = 0; span < left.length; span += 2) {
    const end = left[span + 1] ?? 0;
    for (let start = left[span] ?? 0; start < end; start += PIECE_MS) {
      windows.push({ resourceId, start: new Date(start), end: new Date(Math.min(end, start + PIECE_MS)) });
    }
  }
  return windows;
}
