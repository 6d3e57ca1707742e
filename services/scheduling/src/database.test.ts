import { randomUUID } from 'node:crypto';
import { schemaDrift, tablesOutsideWall } from '@kept/database';
import { assertEverythingDeclared } from '@kept/personal-data';
import { checkAccessRules } from '@kept/access-policy';
import { readSdl } from '@kept/subgraph-kit';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { schedulingDeclarations, schedulingEntities, schedulingMigrations } from './database.ts';
import { openBusiness } from './scheduling-for-tests.ts';
import { seedDemo } from './seed-demo.ts';
import { onOrganizationCreated } from './organizations/on-organization-created.ts';
import { onStaffJoined } from './providers/on-staff-joined.ts';

let stored: ThrowAwayDatabase;
beforeAll(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
  });
});
afterAll(() => stored.drop());
const clock = () => new Date('2027-02-01T05:00:00Z');

it('entities and tables do not differ', async () => {
  expect(await schemaDrift({ ownerUrl: stored.ownerUrl, entities: schedulingEntities })).toEqual([]);
});

it('says of every column what it is about and how long it is kept', async () => {
  await stored.database.infrastructure('test', (tx) => assertEverythingDeclared(tx, schedulingDeclarations));
});

it('classifies and describes every field of the graph', () => {
  expect(checkAccessRules(readSdl(import.meta.dirname))).toEqual([]);
});

it('[scheduling A11] every table of an organization stands behind the tenant wall', async () => {
  const outside = await stored.database.infrastructure('test', (tx) => tablesOutsideWall(tx));
  expect(outside).toEqual([
    'booking_change',
    'inbox',
    'inbox_trouble',
    'kept_migration',
    'organization',
    'outbox',
    'outbox_delivery',
    'reminder_due',
  ]);
  const [ours, theirs] = [await openBusiness({ ...stored, clock }), await openBusiness({ ...stored, clock })];
  const tables = [
    'organization_profile',
    'resource',
    'provider',
    'service',
    'service_provider',
    'weekly_rule',
  ];
  for (const table of tables) {
    await stored.database.transaction(ours.organizationId, async (tx) => {
      const rows = await tx.query<{ organization_id: string }>(`SELECT organization_id FROM ${table}`);
      expect(new Set(rows.map((row) => row.organization_id))).toEqual(new Set([ours.organizationId]));
      const stolen = await tx.query(
        `UPDATE ${table} SET organization_id = $1 WHERE organization_id = $2 RETURNING 1`,
        [ours.organizationId, theirs.organizationId],
      );
      expect(stolen).toEqual([]);
    });
    expect(await stored.database.infrastructure('test', (tx) => tx.query(`SELECT FROM ${table}`))).toEqual(
      [],
    );
  }
  const intrusion = stored.database.transaction(ours.organizationId, (tx) =>
    tx.query(`INSERT INTO client (id, organization_id, registered_at) VALUES ($1, $2, now())`, [
      randomUUID(),
      theirs.organizationId,
    ]),
  );
  await expect(intrusion).rejects.toThrow(/row-level security/);
  // A row of ours that points to theirs is refused by the key itself.
  const crossing = stored.database.transaction(ours.organizationId, (tx) =>
    tx.query(`INSERT INTO service_provider VALUES ($1, $2, $3)`, [
      ours.organizationId,
      ours.serviceId,
      theirs.providerId,
    ]),
  );
  await expect(crossing).rejects.toMatchObject({ driverError: { constraint: 'offering_provider_is_ours' } });
});

it('seeds the demonstration twice, before and after the events, with the same outcome', async () => {
  const clinic = '11111111-1111-4111-8111-111111111111';
  const look = () =>
    stored.database.transaction(clinic, (tx) =>
      tx.query(
        `SELECT (SELECT json_agg(json_build_array(id, name, duration_minutes, price_minor, deposit_minor) ORDER BY id) FROM service) AS services,
                (SELECT json_agg(json_build_array(id, time_zone, active)) FROM provider) AS providers,
                (SELECT count(*)::int FROM weekly_rule) AS rules, (SELECT count(*)::int FROM date_override) AS overrides,
                (SELECT count(*)::int FROM service_provider) AS offers,
                (SELECT count(*)::int FROM service_variant) + (SELECT count(*)::int FROM service_add_on) AS choices,
                (SELECT count(*)::int FROM resource WHERE kind = 'ROOM') AS rooms`,
      ),
    );
  await seedDemo(stored.database, clock());
  const once = await look();
  await stored.database.transaction(clinic, async (tx) => {
    await onOrganizationCreated(tx, { name: 'Other name', timeZone: 'Europe/London', currency: 'GBP' });
    await onStaffJoined(tx, { staffMemberId: 'a0000000-0000-4000-8000-000000000001', roles: ['PROVIDER'] });
  });
  // The other organization's provider is its manager, who joins as such.
  const other = '22222222-2222-4222-8222-222222222222';
  const bookable = await stored.database.transaction(other, async (tx) => {
    await onStaffJoined(tx, { staffMemberId: 'a0000000-0000-4000-8000-000000000011', roles: ['MANAGER'] });
    return tx.query('SELECT active FROM provider');
  });
  expect(bookable).toEqual([{ active: true }]);
  await seedDemo(stored.database, clock());
  expect(await look()).toEqual(once);
  expect(once).toEqual([
    {
      services: [
        ['c0000000-0000-4000-8000-000000000001', 'First consultation', 60, 8000, 2000],
        ['c0000000-0000-4000-8000-000000000002', 'Follow-up', 30, 4500, null],
        ['c0000000-0000-4000-8000-000000000003', 'Relaxation group', 60, 1500, null],
      ],
      providers: [['a0000000-0000-4000-8000-000000000001', 'Europe/London', true]],
      rules: 5,
      overrides: 1,
      offers: 3,
      choices: 2,
      rooms: 2,
    },
  ]);
});
