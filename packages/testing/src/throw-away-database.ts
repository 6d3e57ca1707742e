import { createHash, randomBytes } from 'node:crypto';
import {
  grantAccess,
  migrate,
  openDatabase,
  provision,
  readMigrations,
  roleNames,
  type Database,
  type DatabaseOptions,
  type Entities,
  type MigrationSet,
} from '@kept/database';
import { Client } from 'pg';

// The server lives for one test run on 127.0.0.1; fixed passwords let parallel jest workers share its roles.
const OWNER_PASSWORD = 'owner-of-tests';
const APP_PASSWORD = 'app-of-tests';

export interface ThrowAwayDatabase {
  database: Database;
  /** The role a service runs under. */
  appUrl: string;
  /** The role that migrates. */
  ownerUrl: string;
  /** The superuser in this database: for tests that look from outside or cut connections. */
  adminUrl: string;
  /** An empty database of its own for BullMQ on PostgreSQL, owned by the service's role. */
  queueUrl: string;
  drop(): Promise<void>;
}

/** The server of this test run, as superuser. */
export function testPostgresUrl(): string {
  const url = process.env['KEPT_TEST_POSTGRES_URL'];
  if (url) return url;
  throw new Error('There is no PostgreSQL for the tests; run them with `npm test -- path/to/some.test.ts`.');
}

function inDatabase(url: string, name: string, as?: { user: string; password: string }): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  if (as) [address.username, address.password] = [as.user, as.password];
  return address.href;
}

async function withAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: testPostgresUrl(), application_name: 'kept testing' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Migrates once per server and set of files; every test copies the outcome, which takes tens of milliseconds. */
async function templateFor(service: string, sets: readonly MigrationSet[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { set, file, checksum } of await readMigrations(sets))
    hash.update(`${set}/${file} ${checksum}\n`);
  const name = `kept_template_${service}_${hash.digest('hex').slice(0, 16)}`;
  const isReady = async (client: Client): Promise<boolean> =>
    (await client.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [name])).rowCount ===
    1;
  await withAdmin(async (locked) => {
    if (await isReady(locked)) return;
    // The transaction only holds the lock against other jest workers; CREATE DATABASE needs a connection without one.
    await locked.query('BEGIN');
    await locked.query('SELECT pg_advisory_xact_lock(hashtext($1))', [name]);
    if (!(await isReady(locked))) await makeTemplate(name, service, sets);
    await locked.query('COMMIT');
  });
  return name;
}

async function makeTemplate(name: string, service: string, sets: readonly MigrationSet[]): Promise<void> {
  await withAdmin((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)); // half made by a killed worker
  const { ownerUrl } = await provision({
    adminUrl: testPostgresUrl(),
    service,
    ownerPassword: OWNER_PASSWORD,
    appPassword: APP_PASSWORD,
    databaseName: name,
  });
  await migrate({ ownerUrl, sets });
  await withAdmin((client) =>
    client.query(`ALTER DATABASE ${name} IS_TEMPLATE true ALLOW_CONNECTIONS false`),
  );
}

/** A fresh, migrated database with the service's own roles, and a second one for its queues. Drop it when done. */
export async function throwAwayDatabase(options: {
  service: string;
  migrations: readonly MigrationSet[];
  entities: Entities;
  /** Default 8; a herd needs more. */
  poolMax?: number;
  /** Whatever else `openDatabase` takes: deadlines, a log. */
  open?: Partial<DatabaseOptions>;
}): Promise<ThrowAwayDatabase> {
  const { service, migrations, entities, poolMax = 8, open } = options;
  const template = await templateFor(service, migrations);
  const { owner, app } = roleNames(service);
  const name = `kept_test_${service}_${randomBytes(6).toString('hex')}`;
  const queueName = `${name}_queue`;
  await withAdmin(async (client) => {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${owner}`);
    await grantAccess(client, service, name);
    await client.query(`CREATE DATABASE ${queueName} OWNER ${app}`);
    await client.query(`REVOKE ALL ON DATABASE ${queueName} FROM PUBLIC`);
  });
  const url = testPostgresUrl();
  const asApp = { user: app, password: APP_PASSWORD };
  const appUrl = inDatabase(url, name, asApp);
  const database = await openDatabase({
    url: appUrl,
    entities,
    applicationName: `test ${service}`,
    poolMax,
    migrations,
    ...open,
  });
  return {
    database,
    appUrl,
    ownerUrl: inDatabase(url, name, { user: owner, password: OWNER_PASSWORD }),
    adminUrl: inDatabase(url, name),
    queueUrl: inDatabase(url, queueName, asApp),
    drop: async () => {
      await database.close();
      await withAdmin(async (client) => {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await client.query(`DROP DATABASE ${queueName} WITH (FORCE)`);
      });
    },
  };
}
