import { DelayedError, UnrecoverableError, WaitingError, type Job as QueueJob } from 'bullmq';
import { withinDeadline } from './deadline.ts';
import { GiveUp, JobTimedOut, ServiceStopping, describeError } from './errors.ts';
import type { Handler, Lane } from './job.ts';
import type { Log } from './log.ts';
import type { Outage } from './outage.ts';
import { requestOf } from './request-of-job.ts';
import { runHandler } from './run-handler.ts';
import type { CarrierWorker, Transport } from './transport.ts';

/** One BullMQ worker: it takes the jobs of one lane and gives each to its handler. */
export interface LaneWorker {
  add(handlers: readonly Handler[], concurrency: number): void;
  /** Takes nothing new, lets what runs finish for `drainMs`, then aborts it. */
  close(drainMs: number): Promise<void>;
}

interface Parts {
  transport: Transport;
  service: string;
  lane: Lane;
  outage: Outage;
  log: Log;
  /** A job whose process has not been heard of for so long is given to another one. */
  abandonedAfterMs: number;
}

type Entry = QueueJob<unknown, void, string, object>;

const BACKOFF_MOST_MS = 15 * 60_000;
const UNKNOWN_WAIT_MS = 5_000;
// Five seconds each: an older process keeps handing on a newer one's jobs for ten minutes, then the job is given up.
const UNKNOWN_STARTS_MAX = 120;
// A third of the lock: whoever lives renews it at least this often, so that a process may be silent for the other two
// thirds. The queue is asked as often what was abandoned, and a job comes back at the second look that finds it so.
const BEATS_PER_LOCK = 3;

// Doubling, with up to a quarter taken off: what failed together does not come back together.
function backoff(attemptsMade: number, firstMs: number): number {
  const full = Math.min(firstMs * 2 ** (attemptsMade - 1), BACKOFF_MOST_MS);
  return Math.round(full * (1 - Math.random() / 4));
}

/** Opens the worker of a lane; it waits for the store by itself, and for as long as that takes. */
export function openLaneWorker({
  transport,
  service,
  lane,
  outage,
  log,
  abandonedAfterMs,
}: Parts): LaneWorker {
  const handlers = new Map<string, Handler>();
  const running = new Set<AbortController>();
  let concurrency = 0;
  let worker: CarrierWorker | undefined;

  const process = async (entry: Entry, token = ''): Promise<void> => {
    const found = handlers.get(entry.name);
    if (!found) return postponeUnknown(entry, { token, log });
    const control = new AbortController();
    running.add(control);
    try {
      await runHandler(found, { entry, control });
      outage.recovered();
    } catch (error) {
      if (error instanceof ServiceStopping) {
        await entry.moveToWait(token);
        throw new WaitingError(error.message);
      }
      throw refusalOf(error, { entry, attempts: found.job.attempts, log });
    } finally {
      running.delete(control);
    }
  };

  const open = (): CarrierWorker => {
    const opened = transport.openWorker({ service, lane }, process, {
      concurrency,
      drainDelay: 5,
      // BullMQ's own default, 15 s, is a long time to be silent after PostgreSQL was restarted.
      runRetryDelay: 1_000,
      lockDuration: abandonedAfterMs,
      lockRenewTime: abandonedAfterMs / BEATS_PER_LOCK,
      stalledInterval: abandonedAfterMs / BEATS_PER_LOCK,
      // Recovered from a killed process so often; BullMQ's default of one would lose a job to two quick restarts.
      maxStalledCount: 5,
      settings: {
        backoffStrategy: (...asked) => backoff(asked[0], firstWait(asked[3]?.opts.backoff)),
      },
    });
    opened.on('error', (error) => outage.failed(error));
    opened.on('ready', () => outage.recovered());
    opened.on('stalled', (id) =>
      log.warn({ service, lane, id }, 'A job was left by a dead worker; it runs again.'),
    );
    return opened;
  };

  return {
    add(more, share) {
      for (const one of more) {
        if (handlers.has(one.job.name)) throw new Error(`The job ${one.job.name} has two handlers.`);
        handlers.set(one.job.name, one);
      }
      concurrency += share;
      if (worker) worker.concurrency = concurrency;
      else worker = open();
    },
    async close(drainMs) {
      if (!worker) return;
      const closed = worker.close();
      await withinDeadline(closed, drainMs, drainedTooLate).catch(async () => {
        for (const control of running) control.abort(new ServiceStopping('The service is stopping.'));
        await closed;
      });
    },
  };
}

const drainedTooLate = (): Error => new JobTimedOut('draining took too long');

function firstWait(option: number | { delay?: number } | undefined): number {
  return (typeof option === 'number' ? option : option?.delay) ?? 1_000;
}

// While a new version is rolled out, old processes meet jobs they have never heard of.
async function postponeUnknown(entry: Entry, { token, log }: { token: string; log: Log }): Promise<never> {
  if (entry.attemptsStarted > UNKNOWN_STARTS_MAX) {
    log.error({ job: entry.name, id: entry.id }, 'No process knows this job; it was given up.');
    throw new UnrecoverableError('nobody knows this job');
  }
  if (entry.attemptsStarted <= 1) {
    log.warn(
      { job: entry.name, id: entry.id },
      'This process does not know the job; it waits for one that does.',
    );
  }
  await entry.moveToDelayed(Date.now() + UNKNOWN_WAIT_MS, token);
  throw new DelayedError();
}

interface Refused {
  entry: Entry;
  attempts: number;
  log: Log;
}

// The queue keeps the reason with the job: it gets the kind of error, never its message, which may quote anything.
function refusalOf(error: unknown, { entry, attempts, log }: Refused): Error {
  const attempt = entry.attemptsMade + 1;
  const givenUp = error instanceof GiveUp || attempt >= attempts;
  const { requestId } = requestOf(entry.data);
  const described = { job: entry.name, id: entry.id, attempt, attempts, error: describeError(error) };
  const fields = { ...described, ...(requestId !== undefined && { requestId }) };
  if (givenUp) log.error(fields, `The job ${entry.name} was given up.`);
  else log.warn(fields, `The job ${entry.name} failed; it is tried again.`);
  const { name, code } = describeError(error);
  const reason = code === undefined ? name : `${name} ${code}`;
  const refusal = givenUp ? new UnrecoverableError(reason) : new Error(reason);
  refusal.stack = '';
  return refusal;
}
