import { schemaDrift, tablesOutsideWall } from '@kept/database';
import { assertEverythingDeclared } from '@kept/personal-data';
import { identityDeclarations, identityEntities } from './database.ts';
import { openTestIdentity, type TestIdentity } from './test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

it('has entities that fit the migrated tables', async () => {
  expect(await schemaDrift({ ownerUrl: test.databases.ownerUrl, entities: identityEntities })).toEqual([]);
});

it('declares every column, and every retention rule can run', async () => {
  await test.databases.database.infrastructure('test', (tx) =>
    assertEverythingDeclared(tx, identityDeclarations),
  );
});

it('keeps every table with people in it behind the tenant wall', async () => {
  const outside = await test.databases.database.infrastructure('test', tablesOutsideWall);
  const known = outside.filter((table) => !/^(organization|outbox|inbox|kept_|migration)/.test(table));
  // What gateways are told of every organization, by ids: decision 0013.
  expect(known).toEqual(['access_withdrawal', 'isolation', 'network_pass', 'network_rule']);
});

it('shows one organization nothing of another, whatever is asked', async () => {
  const [mine, theirs] = [await test.organization(), await test.organization()];
  const member = await test.member({ organizationId: theirs, roles: ['CLIENT'] });
  await test.signIn(member);
  const tables = identityEntities.map(
    (entity) => test.databases.database.dataSource.getMetadata(entity).tableName,
  );
  for (const table of tables) {
    await test.databases.database.transaction(mine, async (tx) => {
      const rows = await tx.query<{ organization_id: string }>(`SELECT organization_id FROM ${table}`);
      expect(rows.filter(({ organization_id }) => organization_id !== mine)).toEqual([]);
      await tx.query(`UPDATE ${table} SET organization_id = organization_id`);
    });
  }
  await expect(
    test.databases.database.transaction(mine, (tx) =>
      tx.query(
        `INSERT INTO organization_profile (organization_id, name, time_zone, currency, created_at)
         VALUES ($1, 'Stolen', 'UTC', 'EUR', now())`,
        [theirs],
      ),
    ),
  ).rejects.toThrow();
});

it('refuses a staff session without a second factor, whoever asks', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const insert = test.databases.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO session (id, organization_id, account_id, device_id, flow_id, kind, second_factor, refresh_counter,
         rotated_at, authenticated_at, created_at, last_seen_at, idle_expires_at, expires_at)
       VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), gen_random_uuid(), 'STAFF', false, 1,
         now(), now(), now(), now(), now(), now())`,
      [organizationId, manager.id],
    ),
  );
  await expect(insert).rejects.toMatchObject({
    driverError: { constraint: 'staff_sessions_need_a_second_factor' },
  });
});

it('stores no address, name, telephone number, password or code in clear', async () => {
  const organizationId = await test.organization();
  const displayName = 'Quixotic Canary';
  const manager = await test.member({ organizationId, roles: ['MANAGER'], displayName });
  await test.signIn(manager);
  const tables = await test.databases.database.infrastructure('test', (tx) =>
    tx.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    ),
  );
  for (const { name } of tables) {
    const rows = await test.databases.database.transaction(organizationId, (tx) =>
      tx.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`).catch((error: unknown) => {
        throw new Error(`${name} could not be read`, { cause: error });
      }),
    );
    const hex = (text: string) => Buffer.from(text).toString('hex');
    for (const canary of [displayName, manager.email, manager.password, manager.totpSecret ?? '']) {
      expect(rows.filter(({ text }) => text.includes(canary) || text.includes(hex(canary)))).toEqual([]);
    }
  }
});
