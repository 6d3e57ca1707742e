import { randomUUID } from 'node:crypto';
import { eventually, throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import pg from 'pg';
import { outcomeSeenFromOutside } from '../arbiter/race-for-tests.ts';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { attemptAlone, bareBookings } from '../offers/bookings-for-tests.ts';
import { drifts } from '../offers/recount-for-tests.ts';
import { openBusiness, type TestBusiness } from '../scheduling-for-tests.ts';
import { claimLimits, keepLimits, type LimitClaim } from './claim-limits.ts';
import { readLimitUse } from './find-limits.ts';

const nightly = (quick: number, large: number): number =>
  process.env['KEPT_NIGHTLY'] === '1' ? large : quick;
const now = new Date('2027-02-01T05:00:00Z');
const later = new Date(now.getTime() + 900_000);

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

async function newLimit(
  period: 'DAY' | 'WEEK' | 'MONTH',
  bookingsMax: number,
): Promise<(day: string) => LimitClaim> {
  const [limitId, subjectId] = [randomUUID(), business.providerId];
  await stored.database.transaction(business.organizationId, async (tx) => {
    await tx.query('DELETE FROM booking_limit');
    await tx.query(
      `INSERT INTO booking_limit (id, organization_id, scope, period, bookings_max, created_at) VALUES ($1, $2, 'PROVIDER', $3, $4, $5)`,
      [limitId, business.organizationId, period, bookingsMax, now],
    );
  });
  return (periodStart) => ({ limitId, subjectId, periodStart, bookingsMax });
}
const count = (
  bookingId: string,
  claims: LimitClaim[],
  { at = now, expiresAt = later }: { at?: Date; expiresAt?: Date | null } = {},
) =>
  attemptAlone(stored.database, business.organizationId, async (tx) => {
    const full = await claimLimits(tx, { bookingId, claims, now: at, expiresAt });
    return full.length === 0;
  });
const used = async (at = now): Promise<Record<string, number>> => {
  const asked = { subjectIds: [business.providerId], from: '2027-01-01', to: '2027-12-31', now: at };
  const rows = await stored.database.transaction(business.organizationId, (tx) => readLimitUse(tx, asked));
  return Object.fromEntries(rows.filter((row) => row.used > 0).map((row) => [row.periodStart, row.used]));
};

it('fifty callers, a day that takes three: three', async () => {
  const on = await newLimit('DAY', 3);
  const bookings = await bareBookings(stored.database, business, 50);
  const answers = await Promise.all(bookings.map((id) => count(id, [on('2027-02-03')])));
  expect(answers.filter(Boolean)).toHaveLength(3);
  expect(await used()).toEqual({ '2027-02-03': 3 });
});

it('a booking that moves counts for its new day alone; one that is given back, or ran out, for none', async () => {
  const on = await newLimit('DAY', 1);
  const [one = '', two = ''] = await bareBookings(stored.database, business, 2);
  expect(await count(one, [on('2027-02-03')])).toBe(true);
  expect(await count(two, [on('2027-02-03')])).toBe(false);
  expect(await count(one, [on('2027-02-03')])).toBe(true); // moved within its day: it stands in nobody's way but its own
  expect(await count(one, [on('2027-02-04')])).toBe(true);
  expect(await used()).toEqual({ '2027-02-04': 1 });
  expect(await count(two, [on('2027-02-04')])).toBe(false);
  expect(await used(later)).toEqual({});
  expect(await count(two, [on('2027-02-04')], { at: later, expiresAt: null })).toBe(true);
  const keep = (bookingId: string, at: Date) =>
    stored.database.transaction(business.organizationId, (tx) =>
      keepLimits(tx, { bookingId, until: null, now: at }),
    );
  expect(await keep(one, now)).toBe(false);
  expect(await keep(two, later)).toBe(true);
  expect(await count(two, [])).toBe(true);
  expect(await used()).toEqual({});
});

it('[BOK-07] raced with moves and expiry over day, week and month at once: never over, never lost, no deadlock', async () => {
  const [day, week] = [await newLimit('DAY', 4), '2027-02-01'];
  const weekly = randomUUID();
  await stored.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `INSERT INTO booking_limit (id, organization_id, scope, period, bookings_max, created_at) VALUES ($1, $2, 'CLIENT', 'WEEK', 9, $3)`,
      [weekly, business.organizationId, now],
    ),
  );
  const bookings = await bareBookings(stored.database, business, nightly(20, 60));
  const perWeek = { limitId: weekly, subjectId: business.providerId, periodStart: week, bookingsMax: 9 };
  for (let round = 0; round < nightly(12, 80); round += 1) {
    const at = new Date(now.getTime() + round * 200_000);
    await Promise.all(
      bookings.map((id, index) => {
        const claims = [day(`2027-02-0${1 + ((index + round * 3) % 5)}`), perWeek];
        const wanted = (index + round) % 6 === 0 ? [] : index % 2 ? claims : claims.toReversed();
        return count(id, wanted, { at, expiresAt: new Date(at.getTime() + 500_000) });
      }),
    );
    const [row] = await stored.database.transaction(business.organizationId, (tx) =>
      tx.query<{ wrong: number }>(
        `SELECT count(*)::int AS wrong FROM limit_use u WHERE u.used > u.bookings_max OR u.used <>
           (SELECT count(*) FROM limit_claim c WHERE c.limit_id = u.limit_id AND c.subject_id = u.subject_id
              AND c.period_start = u.period_start AND c.counted)`,
      ),
    );
    expect(row?.wrong).toBe(0);
  }
  expect((await outcomeSeenFromOutside(stored)).deadlocks).toBe(0);
  expect(stored.database.counters.retries).toBe(0);
});

it('the constraint holds without the statement’s own condition', async () => {
  const on = await newLimit('MONTH', 1);
  const [one = ''] = await bareBookings(stored.database, business, 1);
  await count(one, [on('2027-05-01')]);
  const over = stored.database.transaction(business.organizationId, (tx) =>
    tx.query('UPDATE limit_use SET used = 2'),
  );
  await expect(over).rejects.toMatchObject({
    driverError: { constraint: 'bookings_of_a_period_stay_within_their_limit' },
  });
});

it('[BOK-04] what is confirmed in its last moment stays counted, though somebody has already seen it run out', async () => {
  const on = await newLimit('DAY', 1);
  const [mine = '', other = ''] = await bareBookings(stored.database, business, 2);
  expect(await count(mine, [on('2027-02-05')])).toBe(true);
  let comesLater: Promise<boolean> | undefined;
  await stored.database.transaction(business.organizationId, async (tx) => {
    const inTime = new Date(later.getTime() - 1);
    expect(await keepLimits(tx, { bookingId: mine, until: null, now: inTime })).toBe(true);
    comesLater = count(other, [on('2027-02-05')], { at: later });
    await eventually(async () => (await waitingForALock()) === 1);
  });
  expect(await comesLater).toBe(false);
  expect(await used(later)).toEqual({ '2027-02-05': 1 });
});

it('[BOK-04] of several counts that somebody else takes out while they are given back, none is left', async () => {
  const day = await newLimit('DAY', 1);
  const week = { ...day('2027-02-01'), limitId: await anotherLimit('WEEK') };
  const month = { ...day('2027-02-01'), limitId: await anotherLimit('MONTH') };
  const claims = [day('2027-02-06'), week, month];
  const [mine = '', other = ''] = await bareBookings(stored.database, business, 2);
  expect(await count(mine, claims)).toBe(true);
  let givenBack: Promise<boolean> | undefined;
  await stored.database.transaction(business.organizationId, async (tx) => {
    expect(await claimLimits(tx, { bookingId: other, claims, now: later, expiresAt: null })).toEqual([]);
    givenBack = count(mine, []);
    await eventually(async () => (await waitingForALock()) === 1);
  });
  expect(await givenBack).toBe(true);
  const left = await stored.database.transaction(business.organizationId, (tx) =>
    tx.query('SELECT FROM limit_claim WHERE booking_id = $1', [mine]),
  );
  expect(left).toEqual([]);
  expect(await drifts(stored.database, business.organizationId)).toEqual([]);
});

it('[BOK-04] a limit that is taken away while somebody asks for a booking stands in nobody’s way', async () => {
  const on = await newLimit('DAY', 1);
  const [mine = ''] = await bareBookings(stored.database, business, 1);
  await stored.database.transaction(business.organizationId, (tx) => tx.query('DELETE FROM booking_limit'));
  expect(await count(mine, [on('2027-02-07')])).toBe(true);
  expect(await drifts(stored.database, business.organizationId)).toEqual([]);
});

async function anotherLimit(period: 'WEEK' | 'MONTH'): Promise<string> {
  const id = randomUUID();
  await stored.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `INSERT INTO booking_limit (id, organization_id, scope, period, bookings_max, created_at) VALUES ($1, $2, 'PROVIDER', $3, 1, $4)`,
      [id, business.organizationId, period, now],
    ),
  );
  return id;
}

async function waitingForALock(): Promise<number> {
  const client = new pg.Client({ connectionString: stored.adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      'SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()',
    );
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
