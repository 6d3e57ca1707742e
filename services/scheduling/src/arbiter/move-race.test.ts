import { randomUUID } from 'node:crypto';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { confirmWindows } from './confirm-windows.ts';
import { holdWindows } from './hold-windows.ts';
import { moveWindows } from './move-windows.ts';
import { minutesAfter, outcomeSeenFromOutside, someResources, tryToHold } from './race-for-tests.ts';
import type { BookedWindow } from './booked-window.ts';

const now = new Date('2027-02-01T05:00:00Z');
const day = now.getTime() + 86_400_000;
class Refused extends Error {}

let stored: ThrowAwayDatabase;
beforeEach(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
    poolMax: 24,
  });
});
afterEach(() => stored.drop());

async function confirmed(organizationId: string, windows: BookedWindow[]): Promise<string> {
  const bookingId = randomUUID();
  await stored.database.transaction(organizationId, async (tx) => {
    const id = randomUUID();
    await holdWindows(tx, { id, windows, now, expiresAt: new Date(now.getTime() + 900_000) });
    await confirmWindows(tx, { id, bookingId, windowCount: windows.length, now });
  });
  return bookingId;
}

async function move(organizationId: string, bookingId: string, windows: BookedWindow[]): Promise<boolean> {
  try {
    await stored.database.transaction(organizationId, async (tx) => {
      if (!(await moveWindows(tx, { bookingId, windows, now }))) throw new Refused();
    });
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

it('[BOK-04] neighbours that swap places, others that book beside them: no deadlock, and nobody loses their time', async () => {
  const { organizationId, ids } = await someResources(stored.database, 3);
  const at = (hour: number): BookedWindow[] =>
    ids.map((resourceId) => ({ resourceId, ...minutesAfter(day, hour * 60, 60) }));
  const hours = [8, 9, 10, 11, 12, 13, 14, 15];
  const bookings = await Promise.all(hours.map((hour) => confirmed(organizationId, at(hour))));
  for (let round = 0; round < 40; round += 1) {
    const attempts = bookings.map((bookingId, index) => {
      const target = hours[round % 2 === 0 ? index ^ 1 : (index + 1) % hours.length] ?? 8;
      return move(organizationId, bookingId, at(target));
    });
    const others = hours.map((hour) =>
      tryToHold(stored.database, { organizationId, windows: at(hour), now }),
    );
    await Promise.all([...attempts, ...others]);
  }
  expect(await outcomeSeenFromOutside(stored)).toEqual({ overlaps: 0, deadlocks: 0 });
  expect(stored.database.counters.retries).toBe(0);
  const kept = await stored.database.transaction(organizationId, (tx) =>
    tx.query<{ owner_id: string; rows: number }>(
      `SELECT owner_id, count(*)::int AS rows FROM allocation WHERE status = 'confirmed' GROUP BY owner_id`,
    ),
  );
  expect(kept.map(({ owner_id }) => owner_id).toSorted()).toEqual(bookings.toSorted());
  expect(kept.map(({ rows }) => rows)).toEqual(bookings.map(() => 3));
});

it('[BOK-04] all move to one hour: exactly one arrives, in every round', async () => {
  const { organizationId, ids } = await someResources(stored.database, 1);
  const [resourceId = ''] = ids;
  const at = (hour: number): BookedWindow[] => [{ resourceId, ...minutesAfter(day, hour * 60, 60) }];
  const bookings = await Promise.all(
    Array.from({ length: 16 }, (_, hour) => confirmed(organizationId, at(hour))),
  );
  for (let round = 0; round < 20; round += 1) {
    const arrived = await Promise.all(
      bookings.map((booking) => move(organizationId, booking, at(30 + round))),
    );
    expect(arrived.filter(Boolean)).toHaveLength(1);
  }
  expect(await outcomeSeenFromOutside(stored)).toEqual({ overlaps: 0, deadlocks: 0 });
});

it('an expired hold in the new place is no obstacle, a live one is', async () => {
  const { organizationId, ids } = await someResources(stored.database, 1);
  const [resourceId = ''] = ids;
  const at = (hour: number): BookedWindow[] => [{ resourceId, ...minutesAfter(day, hour * 60, 60) }];
  const booking = await confirmed(organizationId, at(8));
  const before = new Date(now.getTime() - 3_600_000);
  await tryToHold(stored.database, { organizationId, windows: at(10), now: before });
  await tryToHold(stored.database, { organizationId, windows: at(12), now });
  expect(await move(organizationId, booking, at(12))).toBe(false);
  expect(await move(organizationId, booking, at(10))).toBe(true);
  expect(await tryToHold(stored.database, { organizationId, windows: at(8), now })).toBe(true);
});
