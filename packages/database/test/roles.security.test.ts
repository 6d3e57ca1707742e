// Guarantee: a service can neither open another service's database nor rise above row-level security in its own.
// The hole it closes: one stolen connection string that opens everything.
import { randomUUID } from 'node:crypto';
import { migrate, provision } from '@kept/database';
import { testPostgresUrl, type ThrowAwayDatabase } from '@kept/testing';
import { Client, type QueryResultRow } from 'pg';
import { notesDatabase, notesMigrations } from './notes.ts';

const SERVICES = ['identity', 'scheduling', 'payments', 'compliance'];
let databases: Map<string, ThrowAwayDatabase>;

beforeAll(async () => {
  databases = new Map();
  for (const service of SERVICES) databases.set(service, await notesDatabase({}, service));
});
afterAll(async () => {
  for (const one of databases.values()) await one.drop();
});

async function ask<Row extends QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

function addressOf(url: string, place: string): string {
  const address = new URL(url);
  address.pathname = new URL(place).pathname;
  return address.href;
}

it('[ACC-03] no service role, neither application nor owner, connects to the database of another service', async () => {
  let tried = 0;
  for (const [service, own] of databases) {
    for (const [other, foreign] of databases) {
      if (service === other) continue;
      for (const url of [own.appUrl, own.ownerUrl]) {
        for (const place of [foreign.appUrl, foreign.queueUrl]) {
          await expect(ask(addressOf(url, place), 'SELECT 1')).rejects.toThrow(
            /permission denied for database/,
          );
          tried += 1;
        }
      }
    }
    expect(await ask(own.appUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }
  expect(tried).toBe(48);
});

it('[ACC-03] the application role is no superuser, has no BYPASSRLS, makes no roles and owns no table', async () => {
  for (const { appUrl } of databases.values()) {
    const role = `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
      (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid) AS owned,
      (SELECT count(*)::int FROM pg_auth_members m WHERE m.member = r.oid) AS memberships
      FROM pg_roles r WHERE rolname = current_user`;
    expect(await ask(appUrl, role)).toEqual([
      {
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        owned: 0,
        memberships: 0,
      },
    ]);
  }
});

it('[ACC-03] the application role cannot lift the wall, change the schema or become its owner', async () => {
  const { appUrl } = databases.get('scheduling') ?? { appUrl: '' };
  const attempts = [
    'ALTER TABLE note NO FORCE ROW LEVEL SECURITY',
    'ALTER TABLE note DISABLE ROW LEVEL SECURITY',
    'DROP POLICY tenant_wall ON note',
    'SET ROLE kept_scheduling_owner',
    'SET SESSION AUTHORIZATION postgres',
    'TRUNCATE note',
    'CREATE TABLE mine (id int)',
    'DROP FUNCTION kept_tenant_wall(regclass)',
    'ALTER ROLE kept_scheduling BYPASSRLS',
    `UPDATE kept_migration SET checksum = ''`,
    `COPY note TO PROGRAM 'cat'`,
  ];
  for (const sql of attempts)
    await expect(ask(appUrl, sql)).rejects.toThrow(/permission denied|must be owner|cannot/);
  // row_security = off does not open the wall: it turns hiding into refusing.
  await expect(ask(appUrl, 'SET row_security = off; SELECT * FROM note')).rejects.toThrow(
    /row-level security/,
  );
});

it('refuses to provision onto a role that may pass the wall', async () => {
  await ask(testPostgresUrl(), 'CREATE ROLE kept_mighty_owner BYPASSRLS');
  const options = { adminUrl: testPostgresUrl(), service: 'mighty', ownerPassword: 'a', appPassword: 'b' };
  await expect(provision(options)).rejects.toThrow(/must be an ordinary role/);
  await ask(testPostgresUrl(), 'DROP ROLE kept_mighty_owner');
});

it('provisions again with new passwords, after which the old ones are refused', async () => {
  const databaseName = `kept_test_rotating_${randomUUID().slice(0, 8)}`;
  const options = { adminUrl: testPostgresUrl(), service: 'rotating', databaseName };
  const first = await provision({ ...options, ownerPassword: 'one owner', appPassword: 'one/app' });
  await migrate({ ownerUrl: first.ownerUrl, sets: notesMigrations });
  const second = await provision({ ...options, ownerPassword: 'two:owner', appPassword: 'two@app' });
  expect(await ask(second.appUrl, 'SELECT count(*)::int AS rows FROM note')).toEqual([{ rows: 0 }]);
  for (const url of [first.appUrl, first.ownerUrl]) {
    await expect(ask(url, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  }
  await ask(testPostgresUrl(), `DROP DATABASE ${databaseName}`);
});
