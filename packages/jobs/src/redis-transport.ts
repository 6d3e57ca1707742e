import { Queue, Worker, createRedisBackend, type ConnectionOptions } from 'bullmq';
import { openGate, type Gate } from './gate.ts';
import type { Outage } from './outage.ts';
import { readRedisAddress, redisPlace } from './redis-address.ts';
import { openClient, quit, type Client } from './redis-client.ts';
import { keyPrefix, queueName, type StoreFactory, type Transport } from './transport.ts';

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

/** Keeps jobs in Redis or Valkey: one connection to add, one to work, and one per lane that waits. */
export function openRedisTransport({ url, outage }: { url: string; outage: Outage }): Transport {
  const address = readRedisAddress(url);
  const place = redisPlace(address);
  const gate = openGate(place);
  // Who enqueues wants an answer soon: one retry. Workers wait for ever: BullMQ insists on null.
  const producer = watch(openClient(address, { maxRetriesPerRequest: 1 }), { gate, outage });
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
      consumer ??= watch(openClient(address, { maxRetriesPerRequest: null }), { outage });
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
