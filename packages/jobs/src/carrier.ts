import { withinDeadline } from './deadline.ts';
import { CarrierUnavailable } from './errors.ts';
import type { Handler, Job, JobKind, Lane } from './job.ts';
import { checkSize, entryOptions, type EnqueueOptions } from './job-options.ts';
import { openLaneWorker, type LaneWorker } from './lane-worker.ts';
import type { Log } from './log.ts';
import { watchOutage } from './outage.ts';
import { openPostgresTransport } from './postgres-transport.ts';
import { openRedisTransport } from './redis-transport.ts';
import { withRequest } from './request-of-job.ts';
import { openSchedules } from './schedules.ts';
import { openStoreAccess } from './store-access.ts';
import type { Transport } from './transport.ts';

export interface CarrierOptions {
  service: string;
  /** redis://, redis+sentinel:// or redis+cluster://; wins over PostgreSQL. */
  redisUrl?: string | undefined;
  /** A direct connection (no pooler) to the database for queues. */
  postgresUrl?: string | undefined;
  log: Log;
  /** How long enqueuing may take before it is refused; requests wait for it. */
  enqueueTimeoutMs?: number;
  /** How long running jobs may go on after `close` before they are aborted and put back. */
  drainMs?: number;
  /** How often schedules are looked after. */
  scheduleCheckMs?: number;
  /** After how long a silent process counts as dead, and its jobs are done by another. */
  abandonedAfterMs?: number;
}

export interface Backlog {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
}

/** Carries work to whoever does it. PostgreSQL rows stay the truth: what is in here may be lost. */
export interface Carrier {
  readonly service: string;
  /** Where jobs are kept, for sentences. */
  readonly place: string;
  /** Throws CarrierUnavailable when the store does not answer in time; whether the job is in is then unknown. */
  enqueue<Data extends object>(job: Job<Data>, data: Data, options?: EnqueueOptions): Promise<void>;
  /** Many at once, into one's own queue or another service's. */
  enqueueMany<Data extends object>(
    job: Job<Data>,
    entries: readonly ({ data: Data } & EnqueueOptions)[],
    to?: { service?: string },
  ): Promise<void>;
  /** Runs the job with empty data at this interval, once for all processes; calling again changes the interval. */
  every(job: JobKind, schedule: { everyMs: number }): Promise<void>;
  /** Starts doing these jobs, up to `concurrency` at a time; may be called several times. */
  work(handlers: readonly Handler[], options?: { concurrency?: number }): void;
  /** How much waits, for /metrics. */
  backlog(lane?: Lane): Promise<Backlog>;
  /** Drains, then leaves. */
  close(): Promise<void>;
}

const CLOSE_AFTER_DRAIN_MS = 5_000;
// BullMQ's own 30 s, with as much between two looks, leave a person whose process died waiting for a minute. Eight of
// these seconds may be silence: a failover of Redis took four, hashing passwords has a process of its own, and clocks of
// hosts under NTP are no second apart. Whoever is silent for longer has a job done twice, which every handler stands.
const ABANDONED_AFTER_MS = 12_000;

function openTransport(options: CarrierOptions): Transport & { outage: ReturnType<typeof watchOutage> } {
  const { service, redisUrl, postgresUrl, log } = options;
  let place = 'not yet opened';
  const outage = watchOutage({ place: () => place, log });
  const transport = redisUrl
    ? openRedisTransport({ url: redisUrl, outage })
    : postgresUrl
      ? openPostgresTransport({ url: postgresUrl, service, outage })
      : undefined;
  if (!transport) throw new Error('A queue needs REDIS_URL or QUEUE_DATABASE_URL.');
  place = transport.place;
  return { ...transport, outage };
}

/** Opens the way to the queues; returns at once and reaches the store in the background, for as long as it takes. */
export function openCarrier(options: CarrierOptions): Carrier {
  const { service, log, enqueueTimeoutMs = 5_000, drainMs = 10_000, scheduleCheckMs = 30_000 } = options;
  const { abandonedAfterMs = ABANDONED_AFTER_MS } = options;
  const { outage, ...transport } = openTransport(options);
  const access = openStoreAccess({ transport, outage, service, timeoutMs: enqueueTimeoutMs });
  const schedules = openSchedules({ ask: access.ask, lookAfterMs: scheduleCheckMs, log });
  const workers = new Map<Lane, LaneWorker>();
  let closing: Promise<void> | undefined;

  const shutDown = async (): Promise<void> => {
    access.shut();
    schedules.stop();
    await Promise.all([...workers.values()].map((worker) => worker.close(drainMs)));
    await access.closeQueues();
    await transport.close();
  };

  return {
    service,
    place: transport.place,
    async enqueue(job, data, entry = {}) {
      checkSize(job, data);
      const bullOptions = entryOptions(job, entry);
      await access.ask((queue) => queue.add(job.name, withRequest(data), bullOptions), job.lane);
    },
    async enqueueMany(job, entries, to = {}) {
      if (entries.length === 0) return;
      const bulk = entries.map(({ data, ...entry }) => {
        checkSize(job, data);
        return { name: job.name, data: withRequest(data), opts: entryOptions(job, entry) };
      });
      await access.ask((queue) => queue.addBulk(bulk), job.lane, to.service);
    },
    every: (job, { everyMs }) => schedules.add(job, everyMs),
    work(handlers, { concurrency = 4 } = {}) {
      for (const lane of ['jobs', 'events'] as const) {
        const own = handlers.filter(({ job }) => job.lane === lane);
        if (own.length === 0) continue;
        let worker = workers.get(lane);
        const parts = { transport, service, lane, outage, log, abandonedAfterMs };
        if (!worker) workers.set(lane, (worker = openLaneWorker(parts)));
        worker.add(own, concurrency);
      }
    },
    async backlog(lane = 'jobs') {
      const counts = await access.ask(
        (queue) => queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
        lane,
      );
      const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
      return { waiting, active, delayed, failed };
    },
    close() {
      closing ??= withinDeadline(
        shutDown(),
        drainMs + CLOSE_AFTER_DRAIN_MS,
        () => new CarrierUnavailable('The queue did not let go in time.'),
      ).catch((error: unknown) => outage.failed(error));
      return closing;
    },
  };
}
