import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { openBusiness, type TestBusiness } from '../scheduling-for-tests.ts';
import { PROOF_STATEMENT } from '../bookings/demand-proof.ts';
import { FACTS_STATEMENT } from '../reviews/gather-facts.ts';
import { BUSY_STATEMENT, WORKING_TIMES_STATEMENT } from './read-calendars.ts';

/**
 * What reading costs must follow from what is asked, not from what is stored: years of hours, absences, closures, and
 * bookings lie beside the days that are asked for, and other providers beside the one.
 */
let stored: ThrowAwayDatabase;
let business: TestBusiness;
const DAYS = 1200;
const clientId = randomUUID();

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
    // One faithful client has nearly all appointments there are: an index that leads to them is no help.
    await tx.query(
      `INSERT INTO booking (id, organization_id, client_id, provider_id, service_id, status, version, starts_at, ends_at,
         time_zone, held_until, buffer_before_minutes, buffer_after_minutes, cancellation_window_minutes,
         reschedule_window_minutes, reschedules_max, reschedule_count, price_minor, currency, created_at)
       SELECT gen_random_uuid(), $1, $2, $3, $4, CASE WHEN n % 1000 = 0 THEN 'NO_SHOW' ELSE 'COMPLETED' END, 1, t,
         t + interval '1 hour', 'Europe/London', t, 0, 0, 0, 0, 0, 0, 0, 'GBP', t
       FROM (SELECT n, $5::timestamptz - n * interval '1 hour' AS t FROM generate_series(1, 4000) AS n) AS times`,
      [organizationId, clientId, providerId, business.serviceId, now],
    );
  });
  const owner = new pg.Client({ connectionString: stored.ownerUrl });
  await owner.connect();
  for (const table of [
    'time_off',
    'organization_closure',
    'date_override',
    'weekly_rule',
    'allocation',
    'booking',
  ])
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
      const before = found.get(table)?.rows ?? 0;
      found.set(table, { how: plan['Node Type'], rows: before + rows * (plan['Actual Loops'] ?? 1) });
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

it('what is looked at before a booking stands reads a few of its client, however many they kept', async () => {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000);
  const facts = [clientId, randomUUID(), now, before(1 / 24), before(1), before(180), before(30)];
  const device = randomUUID();
  for (const found of [
    await readings(FACTS_STATEMENT, facts),
    await readings(PROOF_STATEMENT, [clientId, now, device, 'GB', business.serviceId]),
  ]) {
    expect(found.get('booking')?.how).toMatch(BY_INDEX);
    // A day of theirs, what they missed, and one more of what they kept.
    expect(found.get('booking')?.rows).toBeLessThanOrEqual(60);
  }
});
