import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { databaseMigrations, type Database } from '@kept/database';
import { openCarrier, type Carrier, type Log } from '@kept/jobs';
import {
  eventually as eventuallyWithin,
  describeWithRedis,
  redisForTests,
  testOrganization,
  throwAwayDatabase,
} from '@kept/testing';
import pg from 'pg';
import type { EventName, EventPayload } from './catalogue.ts';
import { startInbox, type Inbox, type InboxOptions } from './inbox.ts';
import { eventsMigrations } from './migrations.ts';
import { publish } from './publish.ts';
import type { EventHandler } from './received-event.ts';
import { startRelay, type Relay, type RelayOptions } from './relay.ts';
import { SERVICES, type ServiceName } from './services.ts';

/** Generous: a passing test never waits that long, and a machine with eight other things to do is slow. */
export const eventually: typeof eventuallyWithin = (check, options) =>
  eventuallyWithin(check, { withinMs: 20_000, ...options });

export const testMigrations = [
  databaseMigrations,
  eventsMigrations,
  { name: 'effect', directory: join(import.meta.dirname, 'test-migrations') },
];

export interface Said {
  level: string;
  fields: Record<string, unknown>;
  sentence: string;
}

export function listeningLog(): Log & { said: Said[] } {
  const said: Said[] = [];
  const write = (level: string) => (fields: object, sentence: string) =>
    void said.push({ level, fields: { ...fields }, sentence });
  return { said, info: write('info'), warn: write('warn'), error: write('error') };
}

/** One service's database and ways in; processes of it are started as a test needs them. */
export interface TestService {
  name: ServiceName;
  database: Database;
  log: ReturnType<typeof listeningLog>;
  openCarrier(): Carrier;
  relay(options?: Partial<RelayOptions>): Relay;
  inbox(options: Pick<InboxOptions, 'handlers'> & Partial<InboxOptions>): Inbox;
  publish<Name extends EventName>(
    organizationId: string,
    name: Name,
    payload: EventPayload<Name>,
  ): Promise<string>;
  /** Rows written by `effectOf`, of one organization. */
  effects(organizationId: string): Promise<string[]>;
  rows<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
}

export interface Network {
  kind: 'postgres' | 'redis';
  keys: Record<ServiceName, { privateKey: KeyObject; publicKey: KeyObject }>;
  service(name: ServiceName): Promise<TestService>;
  /** Everything in the queues is lost. */
  loseQueues(): Promise<void>;
  close(): Promise<void>;
}

/** A handler that leaves one row in `effect`. */
export const effectOf: EventHandler<EventName> = async (tx, event) => {
  await tx.query('INSERT INTO effect (organization_id, event_id) VALUES ($1, $2)', [
    event.organizationId,
    event.id,
  ]);
};

interface Store {
  kind: Network['kind'];
  /** The first service's queue database serves all, as one server does in the embedded stack. */
  address(queueUrl: string): { redisUrl: string } | { postgresUrl: string };
  lose(queueUrl: string): Promise<void>;
}

const overPostgres: Store = {
  kind: 'postgres',
  address: (postgresUrl) => ({ postgresUrl }),
  async lose(queueUrl) {
    const client = new pg.Client({ connectionString: queueUrl });
    await client.connect();
    try {
      // The tables appear with the first carrier; before that there is nothing to lose.
      const { rows } = await client.query("SELECT to_regclass('bullmq.job') AS found");
      if (rows[0]?.found) await client.query('DELETE FROM bullmq.job');
    } finally {
      await client.end();
    }
  },
};

const overRedis = (redisUrl: string): Store => ({
  kind: 'redis',
  address: () => ({ redisUrl }),
  lose: () => flush(redisUrl),
});

// Two commands in Redis' own inline form; packages/jobs alone may import a client.
async function flush(redisUrl: string): Promise<void> {
  const { hostname, port, pathname, username, password } = new URL(redisUrl);
  const sign = password ? `AUTH ${username || 'default'} ${decodeURIComponent(password)}\r\n` : '';
  await new Promise<void>((done, fail) => {
    const socket = createConnection({ host: hostname, port: Number(port || 6379) });
    let answers = '';
    socket.once('error', fail).once('close', () => done());
    socket.on('data', (data) => (answers += data.toString()));
    socket.end(`${sign}SELECT ${pathname.slice(1) || '0'}\r\nFLUSHDB\r\nQUIT\r\n`);
    socket.once('end', () => (answers.includes('-') ? fail(new Error(answers)) : undefined));
  });
}

function newKeys(): Network['keys'] {
  const pairs = SERVICES.map((name) => [name, generateKeyPairSync('ed25519')] as const);
  return Object.fromEntries(pairs) as Network['keys'];
}

function openNetwork(store: Store): Network {
  const ends: (() => Promise<void>)[] = [];
  const keys = newKeys();
  const trustedKeys = Object.fromEntries(SERVICES.map((name) => [name, keys[name].publicKey]));
  let queueUrl: string | undefined;

  const open = async (name: ServiceName): Promise<TestService> => {
    const own = await throwAwayDatabase({
      service: name,
      migrations: testMigrations,
      entities: [],
      poolMax: 12,
    });
    ends.push(() => own.drop());
    const { database } = own;
    const queue = (queueUrl ??= own.queueUrl);
    const log = listeningLog();
    const openOne = (): Carrier => {
      const carrier = openCarrier({ service: name, log, drainMs: 500, ...store.address(queue) });
      ends.push(() => carrier.close());
      return carrier;
    };
    const common = {
      database,
      service: name,
      signingKey: keys[name].privateKey,
      trustedKeys,
      log,
      clock: () => new Date(),
    };
    const remember = <T extends { stop(): Promise<void> }>(part: T): T => {
      ends.push(() => part.stop());
      return part;
    };
    return {
      name,
      database,
      log,
      openCarrier: openOne,
      relay: (options = {}) =>
        remember(
          startRelay({
            ...common,
            pollMs: 50,
            redeliverAfterMs: 400,
            ...options,
            carrier: options.carrier ?? openOne(),
          }),
        ),
      inbox: (options) =>
        remember(startInbox({ ...common, ...options, carrier: options.carrier ?? openOne() })),
      publish: (organizationId, event, payload) =>
        database.transaction(organizationId, (tx) => publish(tx, event, payload)),
      effects: (organizationId) =>
        database.transaction(organizationId, async (tx) => {
          const rows = await tx.query<{ event_id: string }>('SELECT event_id FROM effect ORDER BY id');
          return rows.map((row) => row.event_id);
        }),
      rows: (sql, parameters) => database.infrastructure('test', (tx) => tx.query(sql, parameters)),
    };
  };

  return {
    kind: store.kind,
    keys,
    service: open,
    loseQueues: () => store.lose(queueUrl ?? ''),
    async close() {
      // The last opened first: relays and inboxes, then carriers, then databases.
      for (const end of ends.reverse()) await end();
    },
  };
}

/** Declares the suite over both carriers; each test gets a network of its own, with empty databases and queues. */
export function describeEachCarrier(name: string, suite: (network: () => Network) => void): void {
  let network: Network;
  describe(`${name}, over PostgreSQL`, () => {
    beforeEach(() => void (network = openNetwork(overPostgres)));
    afterEach(() => network.close());
    suite(() => network);
  });
  describeWithRedis(`${name}, over Redis`, () => {
    let redis: Awaited<ReturnType<typeof redisForTests>>;
    let tests = 0;
    beforeAll(async () => void (redis = await redisForTests()));
    afterAll(() => redis?.stop());
    beforeEach(async () => {
      // A database of its own for each test, also on a server that others use.
      const store = overRedis(`${redis?.url ?? ''}/${(tests += 1) % 16}`);
      await store.lose('');
      network = openNetwork(store);
    });
    afterEach(() => network.close());
    suite(() => network);
  });
}

/** For suites that need no carrier of a particular kind. */
export const openPostgresNetwork = (): Network => openNetwork(overPostgres);

export { testOrganization };

export const payment = (): EventPayload<'payment.captured'> => ({
  paymentId: randomUUID(),
  bookingId: randomUUID(),
  amountMinor: 2_500,
  currency: 'EUR',
});

export const completed = (): EventPayload<'booking.completed'> => ({
  bookingId: randomUUID(),
  clientId: randomUUID(),
  endedAt: '2026-03-01T10:00:00.000Z',
  attended: true,
});
