import { randomUUID } from 'node:crypto';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { minutesAfter, outcomeSeenFromOutside } from '../arbiter/race-for-tests.ts';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { attemptAlone, bareBookings } from '../offers/bookings-for-tests.ts';
import { openBusiness, type TestBusiness } from '../scheduling-for-tests.ts';
import { claimPools, keepPools, type PoolClaim } from './claim-pools.ts';

const nightly = (quick: number, large: number): number =>
  process.env['KEPT_NIGHTLY'] === '1' ? large : quick;
const now = new Date('2027-02-01T05:00:00Z');
const later = new Date(now.getTime() + 900_000);
const day = now.getTime() + 86_400_000;

let stored: ThrowAwayDatabase;
let business: TestBusiness;
beforeAll(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
    poolMax: 16,
  });
  business = await openBusiness({ ...stored, clock: () => now });
});
afterAll(() => stored.drop());

async function pool(capacity: number): Promise<string> {
  const id = randomUUID();
  await stored.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `INSERT INTO resource (id, organization_id, kind, name, capacity) VALUES ($1, $2, 'EQUIPMENT', 'Bicycle', $3)`,
      [id, business.organizationId, capacity],
    ),
  );
  return id;
}
const claim = (poolId: string, [from, length]: [number, number], units = 1): PoolClaim => ({
  poolId,
  ...minutesAfter(day, from, length),
  units,
});
const take = (
  bookingId: string,
  claims: PoolClaim[],
  { at = now, expiresAt = later }: { at?: Date; expiresAt?: Date | null } = {},
): Promise<boolean> =>
  attemptAlone(stored.database, business.organizationId, (tx) =>
    claimPools(tx, { bookingId, claims, now: at, expiresAt }),
  );

/** What the counters say against what the claims add up to, and whether anything is above what there is. */
async function books(pools: string[]): Promise<{ wrong: number; over: number }> {
  const [row] = await stored.database.transaction(business.organizationId, (tx) =>
    tx.query<{ wrong: number; over: number }>(
      `WITH claimed AS (
         SELECT resource_id, q AS quantum, sum(units) AS units FROM capacity_claim,
           generate_series(first_quantum, end_quantum - 1) AS q WHERE counted GROUP BY 1, 2)
       SELECT count(*) FILTER (WHERE COALESCE(u.used, 0) <> COALESCE(c.units, 0))::int AS wrong,
              count(*) FILTER (WHERE u.used > u.capacity)::int AS over
       FROM (SELECT * FROM capacity_use WHERE resource_id = ANY ($1::uuid[])) u
       FULL JOIN (SELECT * FROM claimed WHERE resource_id = ANY ($1::uuid[])) c USING (resource_id, quantum)`,
      [pools],
    ),
  );
  return row ?? { wrong: -1, over: -1 };
}

it('gives as many as there are at once, and does not fragment: two short uses leave room for a long one', async () => {
  const bicycles = await pool(2);
  const [one = '', two = '', long = '', more = ''] = await bareBookings(stored.database, business, 4);
  expect(await take(one, [claim(bicycles, [0, 60])])).toBe(true);
  expect(await take(two, [claim(bicycles, [60, 60])])).toBe(true);
  expect(await take(long, [claim(bicycles, [0, 120])])).toBe(true);
  expect(await take(more, [claim(bicycles, [30, 5])])).toBe(false);
  expect(await take(more, [claim(bicycles, [120, 60], 3)])).toBe(false);
  expect(await take(more, [claim(bicycles, [118, 60])])).toBe(false);
  expect(await take(more, [claim(bicycles, [120, 60], 2)])).toBe(true);
  expect(await books([bicycles])).toEqual({ wrong: 0, over: 0 });
});

it('what ran out is free for whoever comes next, and is lost to whom it was kept for', async () => {
  const bicycles = await pool(2);
  const [slow = '', quick = ''] = await bareBookings(stored.database, business, 2);
  const keep = (bookingId: string, at: Date, until: Date | null) =>
    stored.database.transaction(business.organizationId, (tx) =>
      keepPools(tx, { bookingId, until, now: at }),
    );
  expect(await take(slow, [claim(bicycles, [0, 60], 2)])).toBe(true);
  expect(await keep(slow, now, later)).toBe(true);
  expect(await take(quick, [claim(bicycles, [30, 60])])).toBe(false);
  expect(await take(quick, [claim(bicycles, [30, 60])], { at: later, expiresAt: null })).toBe(true);
  // Even on a clock that is behind: it was counted out.
  expect(await keep(slow, now, null)).toBe(false);
  expect(await keep(quick, later, null)).toBe(true);
  // It can be taken anew only when it is free.
  expect(await take(slow, [claim(bicycles, [0, 60], 2)], { at: later })).toBe(false);
  expect(await take(slow, [claim(bicycles, [0, 30], 2)], { at: later })).toBe(true);
  expect(await books([bicycles])).toEqual({ wrong: 0, over: 0 });
});

it('[BOK-04] raced over several pools, with moves, releases and claims that run out: never more than there is, no deadlock', async () => {
  const pools = [await pool(3), await pool(3), await pool(2)];
  const bookings = await bareBookings(stored.database, business, nightly(24, 60));
  let granted = 0;
  for (let round = 0; round < nightly(12, 60); round += 1) {
    const clock = new Date(now.getTime() + round * 300_000);
    const answers = await Promise.all(
      bookings.map((bookingId, index) => {
        const at = (index * 7 + round * 13) % 18;
        const wanted = pools.filter((_, which) => (index + round + which) % 3 !== 0);
        // In an order of its own each time: the statement sorts, not the caller.
        const claims = (index % 2 ? wanted : wanted.toReversed()).map((id) =>
          claim(id, [at * 5, 30 + (index % 4) * 10]),
        );
        const gives = (index + round) % 5 === 0 ? [] : claims;
        return take(bookingId, gives, { at: clock, expiresAt: new Date(clock.getTime() + 600_000) });
      }),
    );
    granted += answers.filter(Boolean).length;
    expect(await books(pools)).toEqual({ wrong: 0, over: 0 });
  }
  expect(granted).toBeGreaterThan(bookings.length);
  expect((await outcomeSeenFromOutside(stored)).deadlocks).toBe(0);
  expect(stored.database.counters.retries).toBe(0);
});

it('the constraint holds without the statement’s own condition', async () => {
  const bicycles = await pool(2);
  const [one = ''] = await bareBookings(stored.database, business, 1);
  await take(one, [claim(bicycles, [0, 5], 2)]);
  const over = stored.database.transaction(business.organizationId, (tx) =>
    tx.query('UPDATE capacity_use SET used = used + 1 WHERE resource_id = $1', [bicycles]),
  );
  await expect(over).rejects.toMatchObject({ driverError: { constraint: 'used_fits_the_capacity' } });
});
