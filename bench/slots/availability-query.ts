// The `availability` query of scheduling, whole: 50 providers, 30 days, 500 bookings each (W4), asked over HTTP of a
// scheduling service in a process of its own, on PostgreSQL as npm brings it. Beside it the same day's work in parts: its
// statements alone, recorded from PostgreSQL's log and run again, and the computation alone.
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseMigrations } from '@kept/database';
import { eventsMigrations } from '@kept/events';
import { fieldEncryptionMigrations } from '@kept/field-encryption';
import { startPostgres } from '@kept/local-stack';
import { personalDataMigrations } from '@kept/personal-data';
import {
  callerOf,
  requestSubgraph,
  testPassportKey,
  throwAwayDatabase,
  type ThrowAwayDatabase,
} from '@kept/testing';
import pg from 'pg';
import { logLinePrefix, readTransactions, replay, type Transaction } from '../recorded-sql.ts';

const root = join(import.meta.dirname, '../..');
const migrations = [
  databaseMigrations,
  eventsMigrations,
  fieldEncryptionMigrations,
  personalDataMigrations,
  { name: 'scheduling', directory: join(root, 'services/scheduling/src/migrations') },
];
const organizationId = randomUUID();
const serviceId = randomUUID();
const ROUNDS = 15;
const WARM_UPS = 5;
const INTERVAL = 15;
/** Compiled when it is loaded, which is over before anything is measured. */
const fromSource = ['--import', 'tsx', '--conditions=source'];

/** One provider's day-to-day: when others have their time, as flat pairs of epoch minutes. */
export interface BusyProvider {
  readonly busy: readonly number[];
}

export interface QueryParts {
  readonly graphMs: number;
  readonly sqlMs: number;
  readonly statements: number;
  readonly slots: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Writes the business of the workload: Monday to Friday, 09:00 to 17:00 in New York. */
async function fill(stored: ThrowAwayDatabase, providers: readonly BusyProvider[]): Promise<void> {
  await stored.database.transaction(organizationId, async (tx) => {
    await tx.query('INSERT INTO organization (id) VALUES ($1)', [organizationId]);
    await tx.query(`INSERT INTO organization_profile VALUES ($1, 'Bench', 'America/New_York', 'USD')`, [
      organizationId,
    ]);
    await tx.query(
      `INSERT INTO service (id, organization_id, name, description, duration_minutes, price_minor, currency, buffer_before_minutes,
         buffer_after_minutes, minimum_lead_minutes, maximum_advance_minutes, slot_interval_minutes, cancellation_window_minutes,
         reschedule_window_minutes, reschedules_max, active, created_at)
       VALUES ($1, $2, 'A quarter', '', $3, 0, 'USD', 0, 0, 0, 1051200, $3, 0, 0, 0, true, now())`,
      [serviceId, organizationId, INTERVAL],
    );
    for (const { busy } of providers) {
      const id = randomUUID();
      const of = [organizationId, id];
      await tx.query(`INSERT INTO resource (id, organization_id, kind) VALUES ($2, $1, 'STAFF')`, of);
      await tx.query('INSERT INTO provider (id, organization_id, active) VALUES ($2, $1, true)', of);
      await tx.query('INSERT INTO service_provider VALUES ($1, $2, $3)', [organizationId, serviceId, id]);
      await tx.query(
        `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
         SELECT gen_random_uuid(), $1, $2, day, 540, 1020 FROM generate_series(1, 5) AS day`,
        of,
      );
      await tx.query(
        `INSERT INTO allocation (id, organization_id, resource_id, owner_kind, owner_id, period, status)
         SELECT gen_random_uuid(), $1, $2, 'booking', gen_random_uuid(), tstzrange(t, t + interval '15 minutes'), 'confirmed'
         FROM (SELECT to_timestamp(minute * 60) AS t FROM unnest($3::int[]) AS minute) AS times`,
        [...of, busy.filter((_, edge) => edge % 2 === 0)],
      );
    }
  });
  await withClient(stored.ownerUrl, (owner) => owner.query('VACUUM ANALYZE'));
}

async function startScheduling(stored: ThrowAwayDatabase, port: number): Promise<ChildProcess> {
  const key = testPassportKey('scheduling');
  const signing = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
  const service = spawn(process.execPath, [...fromSource, 'services/scheduling/src/main.ts'], {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: 'test',
      TSX_TSCONFIG_PATH: join(root, 'scripts/tsconfig.tsx.json'),
      KEPT_PORT: String(port),
      DATABASE_URL: stored.appUrl,
      QUEUE_DATABASE_URL: stored.queueUrl,
      KEPT_PASSPORT_KEYS: `${key.id}:${key.secret.toString('base64')}`,
      KEPT_SIGNING_KEY: signing.toString('base64'),
      KEPT_TRUSTED_KEYS: '{}',
      KEPT_ROOT_KEY: randomBytes(32).toString('base64'),
      KEPT_LOG_LEVEL: 'error',
      KEPT_RUN: 'api',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await Promise.race([
    once(service, 'message'),
    once(service, 'exit').then(() => Promise.reject(new Error('Scheduling did not start.'))),
  ]);
  return service;
}

interface Asked {
  readonly port: number;
  readonly from: Date;
  readonly to: Date;
}

async function ask({ port, from, to }: Asked): Promise<number> {
  const { data, errors } = await requestSubgraph({
    url: `http://127.0.0.1:${port}`,
    service: 'scheduling',
    caller: callerOf({ kind: 'ANONYMOUS', organizationId }),
    query:
      'query ($input: AvailabilityInput!) { availability(input: $input) { slots { startsAt provider { id } } } }',
    variables: { input: { serviceId, from, to, timeZone: 'America/New_York' } },
  });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return (data as { availability: { slots: unknown[] } }).availability.slots.length;
}

/** The transactions of one request, as PostgreSQL wrote them down. */
async function record(
  stored: ThrowAwayDatabase,
  asked: Asked,
  readLog: () => string,
): Promise<Transaction[]> {
  const set = (statements: readonly string[]): Promise<void> =>
    withClient(stored.adminUrl, async (admin) => {
      for (const statement of statements) await admin.query(statement);
    });
  await set([
    `ALTER SYSTEM SET log_line_prefix = '${logLinePrefix}'`,
    `ALTER SYSTEM SET log_statement = 'all'`,
    'SELECT pg_reload_conf()',
  ]);
  // The setting reaches each connection before its next statement.
  await ask(asked);
  const before = readLog().length;
  await ask(asked);
  await set(['ALTER SYSTEM RESET log_statement', 'SELECT pg_reload_conf()']);
  return readTransactions(readLog().slice(before)).filter((all) =>
    all.some(({ sql }) => /service|provider/.test(sql)),
  );
}

/** Measures the query whole and its statements alone, alternately; medians. */
export async function measureQuery(
  providers: readonly BusyProvider[],
  { from, to }: { from: Date; to: Date },
): Promise<QueryParts> {
  const folder = await mkdtemp(join(tmpdir(), 'kept-slots-'));
  await chmod(folder, 0o755); // as root, PostgreSQL runs under another account
  let log = '';
  const server = await startPostgres({
    dataDirectory: join(folder, 'data'),
    log: (line) => void (log += `${line}\n`),
  });
  process.env['KEPT_TEST_POSTGRES_URL'] = server.adminUrl;
  const stored = await throwAwayDatabase({ service: 'scheduling', migrations, entities: [] });
  const asked = { port: 20_000 + Math.floor(Math.random() * 10_000), from, to };
  let service: ChildProcess | undefined;
  try {
    await fill(stored, providers);
    service = await startScheduling(stored, asked.port);
    for (let round = 0; round < WARM_UPS; round += 1) await ask(asked);
    const transactions = await record(stored, asked, () => log);
    if (transactions.length === 0) throw new Error('No statement of the query was recorded.');
    const [graph, sql]: [number[], number[]] = [[], []];
    let slots = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = performance.now();
      slots = await ask(asked);
      graph.push(performance.now() - startedAt);
      const times = await replay(stored.appUrl, transactions);
      sql.push(times.reduce((sum, time) => sum + time, 0));
    }
    const statements = transactions.flat().length;
    return { graphMs: median(graph), sqlMs: median(sql), statements, slots };
  } finally {
    service?.kill('SIGTERM');
    if (service?.exitCode === null) await once(service, 'exit');
    await stored.drop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
