import { randomBytes } from 'node:crypto';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import {
  eventually as eventuallyWithin,
  describeWithRedis,
  redisForTests,
  throwAwayDatabase,
} from '@kept/testing';
import { openCarrier, type Carrier, type CarrierOptions } from './carrier.ts';
import type { Log } from './log.ts';

/** Generous: a passing test never waits that long, and a machine with eight other things to do is slow. */
export const eventually: typeof eventuallyWithin = (check, options) =>
  eventuallyWithin(check, { withinMs: 20_000, ...options });

export interface Said {
  level: 'info' | 'warn' | 'error';
  fields: object;
  sentence: string;
}

/** A log that remembers, for tests about what is said. */
export function listeningLog(): Log & { said: Said[] } {
  const said: Said[] = [];
  const write = (level: Said['level']) => (fields: object, sentence: string) =>
    void said.push({ level, fields, sentence });
  return { said, info: write('info'), warn: write('warn'), error: write('error') };
}

export interface TestStore {
  kind: 'postgres' | 'redis';
  url: () => string;
  /** A carrier of a service nobody else uses, or of the one named. Closed after the test file. */
  open(options?: Partial<CarrierOptions>): Carrier;
}

export const anyService = (): string => `test-${randomBytes(4).toString('hex')}`;

/** Declares the suite twice: over PostgreSQL, and over Redis where there is one. */
export function describeEachStore(name: string, suite: (store: TestStore) => void): void {
  describe(`${name}, over PostgreSQL`, () => {
    let database: Awaited<ReturnType<typeof throwAwayDatabase>>;
    const carriers: Carrier[] = [];
    beforeAll(async () => {
      database = await throwAwayDatabase({ service: 'messaging', migrations: [], entities: [] });
    });
    afterAll(async () => {
      await Promise.all(carriers.map((carrier) => carrier.close()));
      await database.drop();
    });
    const url = (): string => database.queueUrl;
    suite({
      kind: 'postgres',
      url,
      open: (options) => remember(carriers, { postgresUrl: url(), ...options }),
    });
  });
  describeWithRedis(`${name}, over Redis`, () => {
    let redis: Awaited<ReturnType<typeof redisForTests>>;
    const carriers: Carrier[] = [];
    beforeAll(async () => {
      redis = await redisForTests();
    });
    afterAll(async () => {
      await Promise.all(carriers.map((carrier) => carrier.close()));
      await redis?.stop();
    });
    const url = (): string => redis?.url ?? '';
    suite({ kind: 'redis', url, open: (options) => remember(carriers, { redisUrl: url(), ...options }) });
  });
}

function remember(carriers: Carrier[], options: Partial<CarrierOptions>): Carrier {
  const carrier = openCarrier({ service: anyService(), log: listeningLog(), drainMs: 500, ...options });
  carriers.push(carrier);
  return carrier;
}

/** A door before the store that can be shut and opened again, on one port. */
export async function doorBefore(
  url: string,
): Promise<{ url: string; open(): Promise<void>; shut(): Promise<void> }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const listen = (port: number): Promise<Server> =>
    new Promise((done) => {
      const opened = createServer((client) => {
        const upstream = createConnection({ host: target.hostname, port: Number(target.port) });
        for (const [socket, other] of [
          [client, upstream],
          [upstream, client],
        ] as const) {
          sockets.add(socket);
          socket.on('error', () => other.destroy());
          socket.on('close', () => (sockets.delete(socket), other.destroy()));
          socket.pipe(other);
        }
      });
      opened.listen(port, '127.0.0.1', () => done(opened));
    });
  const shut = async (): Promise<void> => {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((done) => (server ? server.close(done) : done(undefined)));
    server = undefined;
  };
  server = await listen(0);
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await shut();
  const own = new URL(url);
  own.port = String(port);
  return {
    url: own.href,
    shut,
    async open() {
      server = await listen(port);
    },
  };
}
