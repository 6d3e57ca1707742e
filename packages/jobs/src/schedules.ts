import { CarrierUnavailable } from './errors.ts';
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

// Nobody may be working for a while; that is no reason to write the schedule again every time we look.
const OVERDUE_MS = 60_000;

/** Keeps each job's scheduler as wanted. Writing again what stands there would push its next run away, so it looks first. */
export function openSchedules({ ask, lookAfterMs, log }: Parts): Schedules {
  const wanted = new Map<string, { job: JobKind; everyMs: number }>();

  const ensure = (job: JobKind, everyMs: number): Promise<void> =>
    ask(async (queue) => {
      const present = await queue.getJobScheduler(job.name);
      if (present?.every === everyMs && isNear(present.next, everyMs)) return;
      // Writing over it would keep the time of the next run, which is what is wrong.
      if (present?.every === everyMs) await queue.removeJobScheduler(job.name);
      const template = { name: job.name, data: {}, opts: jobOptions(job) };
      await queue.upsertJobScheduler(job.name, { every: everyMs }, template);
      if (present && present.every !== everyMs)
        log.info({ job: job.name, everyMs }, 'A schedule was changed.');
    }, job.lane);

  let looking = false;
  const lookAfterAll = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    // The outage itself has been said already, and the next look is near.
    for (const { job, everyMs } of wanted.values()) await ensure(job, everyMs).catch(() => undefined);
    looking = false;
  };
  const timer = setInterval(() => void lookAfterAll(), lookAfterMs);
  timer.unref();

  return {
    async add(job, everyMs) {
      if (!Number.isInteger(everyMs) || everyMs < 100) {
        throw new Error(`The job ${job.name} cannot run every ${everyMs} ms; at least 100.`);
      }
      wanted.set(job.name, { job, everyMs });
      try {
        await ensure(job, everyMs);
      } catch (error) {
        // A service starts without its queue; the next look writes the schedule.
        if (!(error instanceof CarrierUnavailable)) throw error;
      }
    },
    stop() {
      clearInterval(timer);
    },
  };
}

// A scheduler stands there and yet does not run: its next job was lost, or BullMQ planned it by the old interval because a
// worker began the last one just as the interval was changed (seen on PostgreSQL, 6.7.0).
function isNear(next: number | undefined, everyMs: number): boolean {
  if (next === undefined) return false;
  const wait = next - Date.now();
  return wait <= everyMs && wait > -Math.max(everyMs, OVERDUE_MS);
}
