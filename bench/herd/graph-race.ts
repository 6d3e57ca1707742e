import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { databaseMigrations } from '@kept/database';
import { eventsMigrations } from '@kept/events';
import { fieldEncryptionMigrations } from '@kept/field-encryption';
import { personalDataMigrations } from '@kept/personal-data';
import { callerOf, requestSubgraph, testPassportKey, type ThrowAwayDatabase } from '@kept/testing';

export const racers = 24;
export const rounds = 40;
const warmUps = 5;
const root = join(import.meta.dirname, '../..');
const organizationId = '11111111-1111-4111-8111-111111111111';
const providerId = 'a0000000-0000-4000-8000-000000000001';
const serviceId = 'c0000000-0000-4000-8000-000000000002';
const port = 21_000 + Math.floor(Math.random() * 20_000);
/** Everything scheduling's database needs. */
export const migrations = [
  databaseMigrations,
  eventsMigrations,
  fieldEncryptionMigrations,
  personalDataMigrations,
  { name: 'scheduling', directory: join(root, 'services/scheduling/src/migrations') },
];

const HOLD = `
WITH wanted AS (SELECT * FROM unnest($3::uuid[], $4::tstzrange[]) AS w (resource_id, period)),
expired AS (SELECT a.id FROM allocation a JOIN wanted w ON a.resource_id = w.resource_id AND a.period && w.period
            WHERE a.status = 'held' AND a.expires_at <= $5
            ORDER BY a.resource_id, lower(a.period) FOR UPDATE OF a),
purged AS (DELETE FROM allocation a USING expired e WHERE a.id = e.id RETURNING 1)
INSERT INTO allocation (id, organization_id, resource_id, owner_kind, owner_id, period, status, expires_at)
SELECT gen_random_uuid(), $1, w.resource_id, 'hold', $2, w.period, 'held', $6
FROM wanted w CROSS JOIN (SELECT count(*) FROM purged) AS after_purge
ORDER BY w.resource_id, lower(w.period) ON CONFLICT DO NOTHING RETURNING id`;

export const percentile = (values: number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;

/** One round of a race: from its release to the last answer. */
export interface Round {
  ms: number;
  attempts: number[];
  winners: number;
}

async function round(attempt: (racer: number) => Promise<boolean>): Promise<Round> {
  const attempts: number[] = [];
  const began = performance.now();
  const won = await Promise.all(
    Array.from({ length: racers }, async (_, racer) => {
      const started = performance.now();
      const winner = await attempt(racer);
      attempts.push(performance.now() - started);
      return winner;
    }),
  );
  return { ms: performance.now() - began, attempts, winners: won.filter(Boolean).length };
}

async function bareAttempt(client: pg.Client, startsAt: Date): Promise<boolean> {
  const now = new Date();
  const ends = new Date(startsAt.getTime() + 30 * 60_000);
  await client.query('BEGIN');
  await client.query(`SELECT set_config('kept.organization', $1, true)`, [organizationId]);
  const { rowCount } = await client.query(HOLD, [
    organizationId,
    randomUUID(),
    [providerId],
    [`[${startsAt.toISOString()},${ends.toISOString()})`],
    now,
    new Date(now.getTime() + 15 * 60_000),
  ]);
  await client.query(rowCount === 1 ? 'COMMIT' : 'ROLLBACK');
  return rowCount === 1;
}

async function graphAttempt(caller: ReturnType<typeof callerOf>, startsAt: string): Promise<boolean> {
  const { data, errors } = await requestSubgraph({
    url: `http://127.0.0.1:${port}`,
    service: 'scheduling',
    caller,
    query: 'mutation ($input: CreateSlotHoldInput!) { createSlotHold(input: $input) { __typename } }',
    variables: { input: { serviceId, providerId, startsAt, idempotencyKey: randomUUID() } },
  });
  const { __typename } = (data?.['createSlotHold'] ?? {}) as { __typename?: string };
  if (__typename === 'SlotHold') return true;
  if (__typename === 'SlotUnavailable') return false;
  throw new Error(`The graph answered ${__typename ?? JSON.stringify(errors)}.`);
}

/** Free starts, two hours apart, so that no round stands in another's way. */
async function freeStarts(): Promise<string[]> {
  const starts: string[] = [];
  for (let day = 2; day < 85; day += 28) {
    const from = Date.now() + day * 86_400_000;
    const { data, errors } = await requestSubgraph({
      url: `http://127.0.0.1:${port}`,
      service: 'scheduling',
      caller: callerOf({ kind: 'ANONYMOUS', organizationId }),
      query: 'query ($input: AvailabilityInput!) { availability(input: $input) { slots { startsAt } } }',
      variables: {
        input: { serviceId, from: new Date(from), to: new Date(from + 28 * 86_400_000), timeZone: 'UTC' },
      },
    });
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    const { slots } = (data as { availability: { slots: { startsAt: string }[] } }).availability;
    for (const { startsAt } of slots) {
      if (Date.parse(startsAt) - Date.parse(starts.at(-1) ?? '2000-01-01') >= 7_200_000)
        starts.push(startsAt);
    }
  }
  return starts;
}

/** Seeds the demonstration, then serves it in a process of its own, as in production. */
async function startScheduling(stored: ThrowAwayDatabase): Promise<ChildProcess> {
  const key = testPassportKey('scheduling');
  const env = {
    ...process.env,
    NODE_ENV: 'test',
    KEPT_PORT: String(port),
    DATABASE_URL: stored.appUrl,
    QUEUE_DATABASE_URL: stored.queueUrl,
    KEPT_PASSPORT_KEYS: `${key.id}:${key.secret.toString('base64')}`,
    KEPT_SIGNING_KEY: generateKeyPairSync('ed25519')
      .privateKey.export({ format: 'der', type: 'pkcs8' })
      .toString('base64'),
    KEPT_TRUSTED_KEYS: '{}',
    KEPT_ROOT_KEY: randomBytes(32).toString('base64'),
    KEPT_LOG_LEVEL: 'error',
    KEPT_RUN: 'api',
  };
  const run = (file: string): ChildProcess =>
    spawn(process.execPath, [`services/scheduling/dist/${file}`], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  const [code] = (await once(run('seed.js'), 'exit')) as [number];
  if (code !== 0) throw new Error('The demonstration could not be seeded.');
  const service = run('main.js');
  await Promise.race([
    once(service, 'message'),
    once(service, 'exit').then(() => Promise.reject(new Error('Scheduling did not start.'))),
  ]);
  return service;
}

async function race(stored: ThrowAwayDatabase): Promise<{ graph: Round[]; bare: Round[] }> {
  const starts = await freeStarts();
  const needed = 2 * (rounds + warmUps);
  if (starts.length < needed)
    throw new Error(`The demonstration offers ${starts.length} times, not ${needed}.`);
  const herd = Array.from({ length: racers }, () => new pg.Client({ connectionString: stored.appUrl }));
  await Promise.all(herd.map((client) => client.connect()));
  const measured: { graph: Round[]; bare: Round[] } = { graph: [], bare: [] };
  for (let number = 0; number < rounds + warmUps; number += 1) {
    const [graphStart = '', bareStart = ''] = starts.splice(0, 2);
    const callers = herd.map(() => callerOf({ kind: 'CLIENT', organizationId }));
    const graph = await round((racer) =>
      graphAttempt(callers[racer] ?? callerOf({ kind: 'CLIENT' }), graphStart),
    );
    const bare = await round((racer) => bareAttempt(herd[racer] ?? new pg.Client(), new Date(bareStart)));
    if (number < warmUps) continue;
    measured.graph.push(graph);
    measured.bare.push(bare);
  }
  await Promise.all(herd.map((client) => client.end()));
  return measured;
}

async function seenFromOutside(stored: ThrowAwayDatabase): Promise<{ overlaps: number; deadlocks: number }> {
  const client = new pg.Client({ connectionString: stored.adminUrl });
  await client.connect();
  const { rows } = await client.query<{ overlaps: number; deadlocks: number }>(
    `SELECT (SELECT count(*)::int FROM allocation a JOIN allocation b
               ON a.resource_id = b.resource_id AND a.period && b.period AND a.id < b.id) AS overlaps,
            (SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()) AS deadlocks`,
  );
  await client.end();
  return rows[0] ?? { overlaps: -1, deadlocks: -1 };
}

/** Races a scheduling service in a process of its own, and the bare statement beside it, alternately. */
export async function raceThroughGraph(stored: ThrowAwayDatabase) {
  const service = await startScheduling(stored);
  try {
    return { ...(await race(stored)), ...(await seenFromOutside(stored)) };
  } finally {
    service.kill('SIGTERM');
    if (service.exitCode === null) await once(service, 'exit');
  }
}
