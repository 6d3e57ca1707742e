import { randomUUID } from 'node:crypto';
import { sqlStateOf, type Transaction } from '@kept/database';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import pg from 'pg';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { windowParameters, type BookedWindow } from './booked-window.ts';
import { approveWindows, confirmWindows } from './confirm-windows.ts';
import { extendWindows } from './extend-windows.ts';
import { HOLD_STATEMENT, holdWindows } from './hold-windows.ts';
import { moveWindows } from './move-windows.ts';
import { minutesAfter, outcomeSeenFromOutside, someResources, someWindow } from './race-for-tests.ts';
import { releaseBookedWindows, releaseHeldWindows } from './release-windows.ts';

/**
 * The races of the measurements (facts §3) with everything that happens to several resources at once, and the same races
 * with one part of the statement taken out: each part is there because without it people wait for each other.
 */
const now = new Date('2027-02-01T05:00:00Z');
const nightly = (quick: number, large: number): number =>
  process.env['KEPT_NIGHTLY'] === '1' ? large : quick;
const RACERS = 16;
class Refused extends Error {}

let stored: ThrowAwayDatabase;
beforeAll(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
    poolMax: RACERS,
  });
  // A deadlock that a mutant makes is found at once and not after a second; the real statements never make one.
  const admin = new pg.Client({ connectionString: stored.adminUrl });
  await admin.connect();
  await admin.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 20', current_database()); END $$`,
  );
  await admin.end();
});
afterAll(() => stored.drop());

/** Work in a transaction of its own, rolled back when it answers false. */
async function alone(organizationId: string, work: (tx: Transaction) => Promise<boolean>): Promise<boolean> {
  try {
    await stored.database.transaction(organizationId, async (tx) => {
      if (!(await work(tx))) throw new Refused();
    });
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

const shuffled = <T>(items: readonly T[]): T[] => [...items].sort(() => Math.random() - 0.5);

it('[BOK-04] movers that swap on three resources, creators, confirmers, approvers and those who leave: no overlap, no deadlock', async () => {
  const { organizationId, ids } = await someResources(stored.database, 3);
  const day = now.getTime() + 86_400_000;
  const at = (hour: number): BookedWindow[] =>
    shuffled(ids).map((resourceId) => ({ resourceId, ...minutesAfter(day, hour * 60, 60) }));
  const bookings = new Map<string, number>();
  for (let round = 0; round < nightly(25, 250); round += 1) {
    const clock = new Date(now.getTime() + round * 60_000);
    const movers = [...bookings.keys()].map((bookingId, index) => async () => {
      const hour = 8 + ((index * 3 + round) % 8);
      if ((index + round) % 5 === 0) {
        await alone(organizationId, async (tx) => (await releaseBookedWindows(tx, bookingId), true));
        bookings.delete(bookingId);
      } else if ((index + round) % 3 === 0) {
        await alone(organizationId, (tx) => approveWindows(tx, { bookingId, windowCount: 3 }));
      } else {
        await alone(organizationId, (tx) => moveWindows(tx, { bookingId, windows: at(hour), now: clock }));
      }
    });
    const creators = Array.from({ length: 8 }, (_, index) => async () => {
      const [id, bookingId] = [randomUUID(), randomUUID()];
      const expiresAt = new Date(clock.getTime() + 90_000);
      const windows = at(8 + ((index + round) % 8));
      if (!(await alone(organizationId, (tx) => holdWindows(tx, { id, windows, now: clock, expiresAt }))))
        return;
      const as = index % 2 ? 'pending' : 'confirmed';
      const longer = { id, windowCount: 3, now: clock, expiresAt: new Date(clock.getTime() + 150_000) };
      if (index % 4 === 0) return void (await alone(organizationId, (tx) => extendWindows(tx, longer))); // and then it runs out
      if (index % 4 === 1)
        await alone(organizationId, async (tx) => (await releaseHeldWindows(tx, [id]), true));
      else if (
        await alone(organizationId, (tx) =>
          confirmWindows(tx, { id, bookingId, windowCount: 3, now: clock, as }),
        )
      )
        bookings.set(bookingId, round);
    });
    await Promise.all([...movers, ...creators].map((racer) => racer()));
  }
  expect(await outcomeSeenFromOutside(stored)).toEqual({ overlaps: 0, deadlocks: 0 });
  expect(stored.database.counters.retries).toBe(0);
  const [rows] = await stored.database.transaction(organizationId, (tx) =>
    tx.query(
      `SELECT count(*) FILTER (WHERE rows <> 3)::int AS torn, count(*)::int AS whole FROM (
         SELECT count(*) AS rows FROM allocation WHERE status IN ('pending', 'confirmed') GROUP BY owner_id) AS each_booking`,
    ),
  );
  expect(rows).toEqual({ torn: 0, whole: bookings.size });
});

/** Three of five resources each, as the measurements had it, with another statement in the place of ours. */
async function deadlocksWith(statement: string, sorted: boolean): Promise<number> {
  const { organizationId, ids } = await someResources(stored.database, 5);
  const before = stored.database.counters.retries;
  let deadlocks = 0;
  for (let round = 0; round < nightly(12, 40) && deadlocks === 0; round += 1) {
    const dayStart = now.getTime() + (round + 1) * 86_400_000;
    await Promise.all(
      Array.from({ length: RACERS }, async () => {
        const windows = shuffled(ids)
          .slice(0, 3)
          .map((id) => someWindow(id, dayStart));
        if (sorted) windows.sort((a, b) => (a.resourceId < b.resourceId ? -1 : 1));
        const parameters = [organizationId, randomUUID(), ...windowParameters(windows), now];
        const until = new Date(now.getTime() + 900_000);
        try {
          await stored.database.transaction(organizationId, async (tx) => {
            const taken = await tx.query(statement, [...parameters, until, 'hold']);
            if (taken.length < 3) throw new Refused();
          });
        } catch (error) {
          if (!(error instanceof Refused) && !['23P01', '40P01'].includes(sqlStateOf(error) ?? ''))
            throw error;
        }
      }),
    );
    // Each deadlock is retried once; this counts at once, PostgreSQL's own figures come some time later.
    deadlocks = stored.database.counters.retries - before;
  }
  return deadlocks;
}

const INSERT_ORDER = 'ORDER BY w.resource_id, lower(w.period) ON CONFLICT DO NOTHING';

it('[BOK-04] three of five resources without the order of the statement deadlock: the test can fail', async () => {
  expect(
    await deadlocksWith(HOLD_STATEMENT.replace(INSERT_ORDER, 'ON CONFLICT DO NOTHING'), false),
  ).toBeGreaterThan(0);
});

it('[BOK-04] and without DO NOTHING, although sorted: the test can fail', async () => {
  const plain = HOLD_STATEMENT.replace(INSERT_ORDER, 'ORDER BY w.resource_id, lower(w.period)');
  expect(await deadlocksWith(plain, true)).toBeGreaterThan(0);
});
