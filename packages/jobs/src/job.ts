// The words of this package: a job is a kind of work, a handler does it, a lane is the queue it waits in.

/** `events` has its own queue, so that a hundred slow mails never hold up what services tell each other. */
export type Lane = 'jobs' | 'events';

declare const dataOfJob: unique symbol;

/** A kind of work. */
export interface JobKind {
  readonly name: string;
  /** How often it is tried altogether; then it is given up, and its truth, a row somewhere, has to bring it back. */
  readonly attempts: number;
  /** The wait before the second attempt; it doubles each time, up to a quarter of an hour. */
  readonly backoffMs: number;
  /** After this long the handler's signal is aborted and the attempt has failed. */
  readonly timeoutMs: number;
  readonly lane: Lane;
  /** Whether finished jobs stay for a while, for people to look at. */
  readonly keepFinished: boolean;
}

/** `Data` is what one piece of the work carries: ids, times, states, never personal data. */
export interface Job<Data> extends JobKind {
  readonly [dataOfJob]?: (data: Data) => Data;
}

export type JobDefinition = Pick<JobKind, 'name'> & Partial<Omit<JobKind, 'name'>>;

export interface JobContext {
  /** The id it was enqueued with, or the one the queue gave it. */
  readonly id: string;
  /** 1 is the first. */
  readonly attempt: number;
  /** Whether the job is given up when this attempt fails. */
  readonly lastAttempt: boolean;
  /** Aborted at the job's timeout and when the service stops: hand it on to whatever waits. */
  readonly signal: AbortSignal;
}

export interface Handler {
  readonly job: JobKind;
  readonly run: (data: unknown, context: JobContext) => Promise<void>;
}

const NAME = /^[a-z][a-z0-9.-]*$/;

/** Names a kind of work and says when to stop trying. */
export function defineJob<Data extends object = Record<string, never>>(definition: JobDefinition): Job<Data> {
  const job: Job<Data> = {
    attempts: 5,
    backoffMs: 1_000,
    timeoutMs: 30_000,
    lane: 'jobs',
    keepFinished: true,
    ...definition,
  };
  if (!NAME.test(job.name)) throw new Error(`A job's name is like "send-reminder", not "${job.name}".`);
  if (job.attempts < 1 || !Number.isInteger(job.attempts)) {
    throw new Error(`The job ${job.name} needs at least one attempt.`);
  }
  return job;
}

/** Joins a job and what does it. */
export function handler<Data>(
  job: Job<Data>,
  run: (data: Data, context: JobContext) => Promise<void>,
): Handler {
  // What comes out of the queue was put in by `enqueue` with this very job, so the type holds.
  return { job, run: run as Handler['run'] };
}
