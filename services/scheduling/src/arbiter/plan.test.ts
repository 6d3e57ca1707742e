import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import pg from 'pg';
import { BUSY_STATEMENT } from '../availability/read-calendars.ts';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { HOLD_STATEMENT } from './hold-windows.ts';
import { LOCK_STATEMENT } from './move-windows.ts';
import { LOADS_STATEMENT } from '../offers/fair-order.ts';
import { TAKEN_STATEMENT } from '../offers/read-taken.ts';
import { someResources } from './race-for-tests.ts';

/**
 * What a hold costs must not grow with how full the calendar is. Row-level security made it so once: `&&` is not
 * leakproof, so it could not use the index, and each hold read its resource's whole calendar.
 */
let stored: ThrowAwayDatabase;
let organizationId: string;
let resourceId: string;
const ROWS = 4000;
beforeAll(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
  });
  const some = await someResources(stored.database, 1);
  organizationId = some.organizationId;
  resourceId = some.ids[0] ?? '';
  await stored.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO allocation (id, organization_id, resource_id, owner_kind, owner_id, period, status)
       SELECT gen_random_uuid(), $1, $2, 'booking', gen_random_uuid(), tstzrange(t, t + interval '1 hour'), 'confirmed'
       FROM (SELECT '2027-01-01Z'::timestamptz + n * interval '2 hours' AS t FROM generate_series(1, ${ROWS}) AS n) AS times`,
      [organizationId, resourceId],
    ),
  );
  const owner = new pg.Client({ connectionString: stored.ownerUrl });
  await owner.connect();
  await owner.query('VACUUM ANALYZE allocation');
  await owner.end();
});
afterAll(() => stored.drop());

interface Plan {
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** Rows of allocation that the service's role, behind the wall, looked at for a statement. */
async function rowsLookedAt(tx: Transaction, statement: string, parameters: unknown[]): Promise<number> {
  const [row] = await tx.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`,
    parameters,
  );
  const count = (plan: Plan): number =>
    (plan['Relation Name'] === 'allocation'
      ? (plan['Actual Rows'] ?? 0) + (plan['Rows Removed by Filter'] ?? 0)
      : 0) + (plan.Plans ?? []).map(count).reduce((sum, rows) => sum + rows, 0);
  return row ? count(row['QUERY PLAN'][0].Plan) : Number.NaN;
}

const period = '[2027-06-01T01:00:00Z,2027-06-01T02:00:00Z)';
it.each([
  [
    'holding',
    HOLD_STATEMENT,
    () => [organizationId, randomUUID(), [resourceId], [period], new Date(), new Date(), 'hold'],
  ],
  ['moving', LOCK_STATEMENT, () => [[randomUUID()], [resourceId], [period]]],
  [
    'looking',
    BUSY_STATEMENT,
    () => [[resourceId], new Date('2027-06-01'), new Date('2027-06-02'), new Date()],
  ],
  [
    'choosing a room',
    TAKEN_STATEMENT,
    () => [[resourceId], new Date('2027-06-01'), new Date('2027-06-02'), new Date(), null],
  ],
  [
    'choosing who is next',
    LOADS_STATEMENT,
    () => [[resourceId], new Date('2027-06-01'), new Date('2027-06-03')],
  ],
] as const)(
  '%s reads two days of a resource, however full its year is',
  async (_what, statement, parameters) => {
    const rows = await stored.database.transaction(organizationId, (tx) =>
      rowsLookedAt(tx, statement, [...parameters()]),
    );
    expect(rows).toBeLessThanOrEqual(50);
  },
);
