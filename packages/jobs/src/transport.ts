import type { BackendFactory, IQueueBackend, Processor, Queue, Worker, WorkerOptions } from 'bullmq';

// BullMQ's classes over whichever store: the rest of the package never asks which one it is.
export type StoreFactory = BackendFactory<IQueueBackend, unknown>;
export type CarrierQueue = Queue<unknown, void, string, unknown, void, string, IQueueBackend, unknown>;
export type CarrierWorker = Worker<unknown, void, string, IQueueBackend, object, unknown>;
export type CarrierProcessor = Processor<unknown, void, string, object>;

export interface Place {
  /** The service whose queue it is, which need not be the one that writes into it. */
  service: string;
  lane: string;
}

/** The name, the same over both stores. A queue's name must not contain ":". */
export const queueName = ({ service, lane }: Place): string => `${service}-${lane}`;

// In braces, always: in a Redis Cluster all keys of one queue must hash to one slot, and a later rename would be a migration.
// The PostgreSQL backend ignores it.
export const keyPrefix = ({ service }: Place): string => `{${service}}`;

/** Where jobs are kept: Redis or PostgreSQL. */
export interface Transport {
  /** For sentences: "Redis at 10.0.0.4:6379". Never a password. */
  readonly place: string;
  /** Passes while the store answers, waits for it, and throws CarrierUnavailable after `ms`. */
  ready(ms: number): Promise<void>;
  openQueue(place: Place): CarrierQueue;
  openWorker(
    place: Place,
    process: CarrierProcessor,
    options: Omit<WorkerOptions<unknown>, 'connection' | 'prefix'>,
  ): CarrierWorker;
  close(): Promise<void>;
}
