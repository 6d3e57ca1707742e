import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { openBusiness, type TestBusiness } from '../scheduling-for-tests.ts';
import { BUSY_STATEMENT, WORKING_TIMES_STATEMENT } from './read-calendars.ts';

/**
 * What reading costs must follow from what is asked, not from what is stored: years of hours, absences, closures, and
 * bookings lie beside the days that are asked for, and other providers beside the one.
 */
let stored: ThrowAwayDatabase;
let business: TestBusiness;
const DAYS = 1200;

beforeAll(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
  });
  business = await openBusiness({ database: stored.database, clock: () => new Date('2027-02-01T05:00:00Z') });
  const { organizationId, providerId } = business;
  const times = `SELECT '2025-03-01Z'::timestamptz + n * interval '1 day' AS t FROM generate_series(1, ${DAYS}) AS n`;
  await stored.database.transaction(organizationId, async (tx) => {
    await tx.query(
      `WITH others AS (INSERT INTO resource (id, organization_id, kind)
         SELECT gen_random_uuid(), $1, 'STAFF' FROM generate_series(1, 300) RETURNING id),
       known AS (INSERT INTO provider (id, organization_id, active) SELECT id, $1, true FROM others RETURNING id)
       INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
       SELECT gen_random_uuid(), $1, known.id, day, 540, 1020 FROM known, generate_series(0, 6) AS day`,
      [organizationId],
    );
    await tx.query(
      `INSERT INTO time_off (id, organization_id, provider_id, starts_at, ends_at, created_at)
       SELECT gen_random_uuid(), $1::uuid, $2::uuid, t, t + interval '1 hour', t FROM (${times}) AS times
       UNION ALL SELECT gen_random_uuid(), $1::uuid, id, t, t + interval '1 hour', t FROM provider,
         (SELECT '2028-06-01Z'::timestamptz + n * interval '1 day' AS t FROM generate_series(1, 10) AS n) AS soon`,
      [organizationId, providerId],
    );
    await tx.query(
      `INSERT INTO organization_closure (id, organization_id, name, starts_at, ends_at, created_at)
       SELECT gen_random_uuid(), $1, 'closed', t, t + interval '1 hour', t FROM (${times}) AS times`,
      [organizationId],
    );
    await tx.query(
      `INSERT INTO date_override (id, organization_id, provider_id, on_date, start_minute, end_minute)
       SELECT gen_random_uuid(), $1, $2, t::date, 540, 1020 FROM (${times}) AS times`,
      [organizationId, providerId],
    );
    await tx.query(
      `INSERT INTO allocation (id, organization_id, resource_id, owner_kind, owner_id, period, status)
       SELECT gen_random_uuid(), $1, $2, 'booking', gen_random_uuid(), tstzrange(t, t + interval '1 hour'), 'confirmed'
       FROM (${times}) AS times`,
      [organizationId, providerId],
    );
  });
  const owner = new pg.Client({ connectionString: stored.ownerUrl });
  await owner.connect();
  for (const table of ['time_off', 'organization_closure', 'date_override', 'weekly_rule', 'allocation'])
    await owner.query(`VACUUM ANALYZE ${table}`);
  await owner.end();
});
afterAll(() => stored.drop());

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

/** How each table was read, and how many of its rows were looked at, by the service's own role behind the wall. */
async function readings(
  statement: string,
  parameters: unknown[],
): Promise<Map<string, { how: string; rows: number }>> {
  const [row] = await stored.database.transaction(business.organizationId, (tx) =>
    tx.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`, parameters),
  );
  const found = new Map<string, { how: string; rows: number }>();
  const visit = (plan: Plan): void => {
    const table = plan['Relation Name'];
    if (table !== undefined) {
      const rows = (plan['Actual Rows'] ?? 0) + (plan['Rows Removed by Filter'] ?? 0);
      found.set(table, { how: plan['Node Type'], rows: rows * (plan['Actual Loops'] ?? 1) });
    }
    plan.Plans?.forEach(visit);
  };
  visit(row?.['QUERY PLAN'][0].Plan ?? { 'Node Type': 'none' });
  return found;
}

const from = new Date('2028-06-01T00:00:00Z');
const to = new Date('2028-06-02T00:00:00Z');
const now = new Date('2028-05-01T00:00:00Z');

/** Through an index; whether the heap is looked at besides is up to how long ago the table was vacuumed. */
const BY_INDEX = /^(Index Only Scan|Index Scan|Bitmap Heap Scan)$/;

it('hours and absences of a day are read through their indexes, however many years and providers are stored', async () => {
  const parameters = [business.serviceId, business.providerId, '2028-05-29', '2028-06-05', from, to];
  const found = await readings(WORKING_TIMES_STATEMENT, parameters);
  // Of absences only what is not over; of closures two months, the longest there can be.
  const most = { weekly_rule: 7, date_override: 10, time_off: 40, organization_closure: 66 };
  for (const [table, rows] of Object.entries(most)) {
    expect({ table, how: found.get(table)?.how }).toEqual({ table, how: expect.stringMatching(BY_INDEX) });
    expect(found.get(table)?.rows).toBeLessThanOrEqual(rows);
  }
});

it('busy times of a day are read through their index', async () => {
  const busy = await readings(BUSY_STATEMENT, [[business.providerId, randomUUID()], from, to, now]);
  expect(busy.get('allocation')?.how).toMatch(BY_INDEX);
  expect(busy.get('allocation')?.rows).toBeLessThanOrEqual(40);
});
