import { setTimeout as pause } from 'node:timers/promises';
import { PostgresConnection, PostgresQueueBackend, Queue, Worker, runMigrations, type PgPool } from 'bullmq';
import pg from 'pg';
import { openGate, type Gate } from './gate.ts';
import type { Outage } from './outage.ts';
import { keyPrefix, queueName, type StoreFactory, type Transport } from './transport.ts';

// One LISTEN connection, shared by all workers of the process, and one for everything else: every operation of BullMQ's
// backend is a single statement of about a millisecond, and its connection asks a given pool for two at least. Each would be
// a process of PostgreSQL with compiled functions of its own, some 35 MiB as `ps` counts. BullMQ's own createPostgresBackend
// opens a pool of ten and a LISTEN connection for every queue and every worker.
const CONNECTIONS_MAX = 2;
const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 30_000;
const RETRY_MS = { first: 250, most: 5_000 };
const SCHEMA = 'bullmq';

/** BullMQ's connection, made shareable: closing one queue leaves it open, and readiness can be tried again. */
class SharedConnection extends PostgresConnection {
  readonly #up: Promise<void>;

  constructor(pool: PgPool, up: Promise<void>) {
    super(pool);
    this.#up = up;
    this.setMaxListeners(0);
  }

  // The original remembers its first failure forever.
  override waitUntilReady(): Promise<void> {
    return this.#up;
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  override disconnect(): Promise<void> {
    return Promise.resolve();
  }

  // "No keepalive" caps a worker's blocking wait at ten seconds instead of an hour: after a lost connection BullMQ waits
  // as long as it may, and a notification that came in between would be missed for all that time.
  override get hasListenClientKeepAlive(): boolean {
    return false;
  }

  closeForGood(): Promise<void> {
    return super.close();
  }
}

async function prepareSchema(pool: PgPool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, SCHEMA);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Tries until PostgreSQL is there and has BullMQ's tables; several services may do so at once (advisory lock). */
async function bringUp(
  pool: PgPool,
  { gate, outage, closing }: { gate: Gate; outage: Outage; closing: AbortSignal },
): Promise<void> {
  for (let wait = RETRY_MS.first; !closing.aborted; wait = Math.min(wait * 2, RETRY_MS.most)) {
    try {
      await prepareSchema(pool);
      gate.open();
      outage.recovered();
      return;
    } catch (error) {
      outage.failed(error);
      await pause(wait, undefined, { signal: closing, ref: false }).catch(() => undefined);
    }
  }
}

function openPool(url: string, service: string): PgPool {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 10_000,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: `kept-${service}-queue`,
    // BullMQ's SQL names its tables without schema. `options` does not pass a pooler, but neither does LISTEN: this URL
    // must be a direct one anyway.
    options: `-c search_path=${SCHEMA}`,
  });
  // It is one: BullMQ describes pg's pool in its own words, which differ in what a row may be.
  return pool as unknown as PgPool;
}

export function postgresPlace(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL at ${hostname}:${port || '5432'}${pathname}`;
}

/** Keeps jobs in PostgreSQL, in the schema `bullmq` of the database the URL names. */
export function openPostgresTransport({
  url,
  service,
  outage,
}: {
  url: string;
  service: string;
  outage: Outage;
}): Transport {
  const place = postgresPlace(url);
  const pool = openPool(url, service);
  const gate = openGate(place);
  const closing = new AbortController();
  pool.on('connect', () => outage.recovered());
  const up = bringUp(pool, { gate, outage, closing: closing.signal });
  const connection = new SharedConnection(pool, up);
  const factory: StoreFactory = (name, opts) =>
    // BullMQ reads of these options only what every backend has; the connection is already there.
    new PostgresQueueBackend(connection, name, { ...opts, connection: pool });
  return {
    place,
    ready: (ms) => gate.pass(ms),
    openQueue: (at) =>
      new Queue(
        queueName(at),
        { connection, prefix: keyPrefix(at), streams: { events: { maxLen: 256 } } },
        factory,
      ),
    openWorker: (at, process, options) =>
      new Worker(queueName(at), process, { ...options, connection, prefix: keyPrefix(at) }, factory),
    async close() {
      closing.abort();
      await up;
      await connection.closeForGood();
      await pool.end();
    },
  };
}
