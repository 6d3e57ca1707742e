/** Races on the arbiter, and what an observer outside sees of them. */
import { randomUUID } from 'node:crypto';
import type { Database } from '@kept/database';
import type { ThrowAwayDatabase } from '@kept/testing';
import pg from 'pg';
import type { BookedWindow } from './booked-window.ts';
import { holdWindows } from './hold-windows.ts';

const MINUTE = 60_000;

export interface HerdResult {
  winners: number[];
  /** From the release of a round to its last answer, in milliseconds. */
  roundMs: number[];
}

export const minutesAfter = (start: number, from: number, length: number): { start: Date; end: Date } => ({
  start: new Date(start + from * MINUTE),
  end: new Date(start + (from + length) * MINUTE),
});

class Refused extends Error {}

/** One racer: the hold statement in a transaction of its own, rolled back unless all was got. */
export async function tryToHold(
  database: Database,
  attempt: { organizationId: string; windows: BookedWindow[]; now: Date; forMinutes?: number },
): Promise<boolean> {
  const expiresAt = new Date(attempt.now.getTime() + (attempt.forMinutes ?? 15) * MINUTE);
  try {
    await database.transaction(attempt.organizationId, async (tx) => {
      const taken = await holdWindows(tx, { ...attempt, id: randomUUID(), expiresAt });
      if (!taken) throw new Refused();
    });
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/**
 * Releases the racers together, round after round, each with windows of its own choice. Every round is on another
 * day, so that a round's winner stands in nobody's way later.
 */
export async function race(
  database: Database,
  herd: {
    organizationId: string;
    racers: number;
    rounds: number;
    now: Date;
    windowsOf: (dayStart: number) => BookedWindow[];
  },
): Promise<HerdResult> {
  const result: HerdResult = { winners: [], roundMs: [] };
  const { organizationId, now } = herd;
  for (let round = 0; round < herd.rounds; round += 1) {
    const dayStart = now.getTime() + (round + 1) * 24 * 60 * MINUTE;
    const began = performance.now();
    const answers = await Promise.all(
      Array.from({ length: herd.racers }, () =>
        tryToHold(database, { organizationId, now, windows: herd.windowsOf(dayStart) }),
      ),
    );
    result.roundMs.push(performance.now() - began);
    result.winners.push(answers.filter(Boolean).length);
  }
  return result;
}

/** Resources that can be booked, in an organization of their own. */
export async function someResources(
  database: Database,
  count: number,
): Promise<{ organizationId: string; ids: string[] }> {
  const organizationId = randomUUID();
  const ids = Array.from({ length: count }, () => randomUUID()).toSorted();
  await database.transaction(organizationId, async (tx) => {
    await tx.query('INSERT INTO organization (id) VALUES ($1)', [organizationId]);
    await tx.query(`INSERT INTO resource (id, organization_id, kind) SELECT unnest($1::uuid[]), $2, 'ROOM'`, [
      ids,
      organizationId,
    ]);
  });
  return { organizationId, ids };
}

/** What the superuser sees: pairs of live rows that overlap, and deadlocks that PostgreSQL had to break. */
export async function outcomeSeenFromOutside(
  stored: ThrowAwayDatabase,
): Promise<{ overlaps: number; deadlocks: number }> {
  const client = new pg.Client({ connectionString: stored.adminUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await client.query<{ overlaps: number; deadlocks: number }>(
      `SELECT (SELECT count(*)::int FROM allocation a JOIN allocation b
                 ON a.resource_id = b.resource_id AND a.period && b.period AND a.id < b.id
               WHERE a.status <> 'released' AND b.status <> 'released') AS overlaps,
              (SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()) AS deadlocks`,
    );
    return rows[0] ?? { overlaps: -1, deadlocks: -1 };
  } finally {
    await client.end();
  }
}

/** A window somewhere in the first hours of a round's day: offset 0–45, length 30–60 minutes, in steps of five. */
export function someWindow(resourceId: string, dayStart: number): BookedWindow {
  const step = (max: number): number => Math.floor(Math.random() * (max / 5 + 1)) * 5;
  return { resourceId, ...minutesAfter(dayStart, step(45), 30 + step(30)) };
}
