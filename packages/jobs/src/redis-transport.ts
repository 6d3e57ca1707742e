import { Queue, Worker, createRedisBackend, type ConnectionOptions } from 'bullmq';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { withinDeadline } from './deadline.ts';
import { openGate, type Gate } from './gate.ts';
import type { Outage } from './outage.ts';
import { readRedisAddress, redisPlace, type RedisAddress } from './redis-address.ts';
import { keyPrefix, queueName, type StoreFactory, type Transport } from './transport.ts';

type Client = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 5_000;
const QUIT_TIMEOUT_MS = 1_000;
// It tries for ever, at least every two seconds: a queue that is away is trouble, never the end of the process.
const retryStrategy = (times: number): number => Math.min(100 * 2 ** Math.min(times, 5), 2_000);

function openClient(address: RedisAddress, maxRetriesPerRequest: number | null): Client {
  const { username, password, tls } = address;
  const common: RedisOptions = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    maxRetriesPerRequest,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy,
  };
  if (address.kind === 'cluster') {
    return new Cluster(address.nodes, { redisOptions: common, clusterRetryStrategy: retryStrategy });
  }
  if (address.kind === 'sentinel') {
    const { sentinels, masterName } = address;
    return new Redis({ ...common, sentinels, name: masterName, sentinelRetryStrategy: retryStrategy });
  }
  return new Redis({ ...common, ...address.server, db: address.database });
}

function watch(client: Client, { gate, outage }: { gate?: Gate; outage: Outage }): Client {
  // Without a listener ioredis writes to the console, and others would end the process.
  client.on('error', (error: Error) => outage.failed(error));
  client.on('ready', () => {
    outage.recovered();
    gate?.open();
  });
  client.on('close', () => gate?.shut());
  return client;
}

async function quit(client: Client): Promise<void> {
  if (client.status !== 'ready') return client.disconnect();
  await withinDeadline(client.quit(), QUIT_TIMEOUT_MS, () => new Error('QUIT was not answered')).catch(() =>
    client.disconnect(),
  );
}

/** Keeps jobs in Redis or Valkey: one connection to add, one to work, and one per lane that waits. */
export function openRedisTransport({ url, outage }: { url: string; outage: Outage }): Transport {
  const address = readRedisAddress(url);
  const place = redisPlace(address);
  const gate = openGate(place);
  // Who enqueues wants an answer soon: one retry. Workers wait for ever: BullMQ insists on null.
  const producer = watch(openClient(address, 1), { gate, outage });
  let consumer: Client | undefined;
  const factory: StoreFactory = (name, opts, blocking) =>
    createRedisBackend(name, { ...opts, connection: opts.connection as ConnectionOptions }, blocking);
  return {
    place,
    ready: (ms) => gate.pass(ms),
    openQueue: (at) =>
      new Queue(
        queueName(at),
        { connection: producer, prefix: keyPrefix(at), streams: { events: { maxLen: 256 } } },
        factory,
      ),
    openWorker(at, process, options) {
      consumer ??= watch(openClient(address, null), { outage });
      return new Worker(
        queueName(at),
        process,
        { ...options, connection: consumer, prefix: keyPrefix(at) },
        factory,
      );
    },
    async close() {
      await Promise.all([quit(producer), consumer ? quit(consumer) : undefined]);
    },
  };
}
