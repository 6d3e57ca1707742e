import type { JobKind, Lane } from './job.ts';
import type { Log } from './log.ts';
import { jobOptions } from './job-options.ts';
import type { CarrierQueue } from './transport.ts';

/** What has to run again and again. Redis may forget it (FLUSHALL, a new server), so it is looked after, not written once. */
export interface Schedules {
  add(job: JobKind, everyMs: number): Promise<void>;
  stop(): void;
}

interface Parts {
  ask: <T>(what: (queue: CarrierQueue) => Promise<T>, lane: Lane) => Promise<T>;
  lookAfterMs: number;
  log: Log;
}

/** Keeps each job's scheduler as wanted. Writing again what stands there would push its next run away, so it looks first. */
export function openSchedules({ ask, lookAfterMs, log }: Parts): Schedules {
  const wanted = new Map<string, { job: JobKind; everyMs: number }>();

  const ensure = (job: JobKind, everyMs: number): Promise<void> =>
    ask(async (queue) => {
      const present = await queue.getJobScheduler(job.name);
      if (present?.every === everyMs) return;
      const template = { name: job.name, data: {}, opts: jobOptions(job) };
      await queue.upsertJobScheduler(job.name, { every: everyMs }, template);
      if (present) log.info({ job: job.name, everyMs }, 'A schedule was changed.');
    }, job.lane);

  const timer = setInterval(() => {
    for (const { job, everyMs } of wanted.values()) {
      // The outage itself has been said already, and the next look is near.
      ensure(job, everyMs).catch(() => undefined);
    }
  }, lookAfterMs);
  timer.unref();

  return {
    async add(job, everyMs) {
      if (!Number.isInteger(everyMs) || everyMs < 100) {
        throw new Error(`The job ${job.name} cannot run every ${everyMs} ms; at least 100.`);
      }
      wanted.set(job.name, { job, everyMs });
      await ensure(job, everyMs);
    },
    stop() {
      clearInterval(timer);
    },
  };
}
