import type { JobsOptions } from 'bullmq';
import type { JobKind } from './job.ts';

export interface EnqueueOptions {
  /**
   * At most one job of this id waits. Enqueued again before it began, the newer data and time win; enqueued while it runs,
   * it runs once more afterwards.
   */
  id?: string;
  /** Not before this instant. */
  runAt?: Date;
  /** Not before so many milliseconds have gone by. */
  delayMs?: number;
}

// BullMQ builds its keys with ":" and refuses ids that hold one; whole numbers are its own ids.
const ID = /^[A-Za-z0-9_.-]{1,200}$/;
const BYTES_MAX = 256 * 1024;

// Long enough to look at after a bad night, bounded so that no store grows with what has been done.
const KEEP_COMPLETED = { age: 3_600, count: 200 };
const KEEP_FAILED = { age: 7 * 24 * 3_600, count: 1_000 };

function checkId(job: JobKind, id: string): string {
  if (ID.test(id) && !/^\d+$/.test(id)) return id;
  throw new Error(`The id of a ${job.name} may hold letters, digits, "_", "." and "-", and not only digits.`);
}

function delayOf({ runAt, delayMs }: EnqueueOptions): { delay: number } | Record<string, never> {
  const delay = runAt ? runAt.getTime() - Date.now() : (delayMs ?? 0);
  if (!Number.isFinite(delay)) throw new Error('The time a job shall run at is not a time.');
  return delay > 0 ? { delay: Math.round(delay) } : {};
}

/** What every job of this kind gets, whoever enqueues it. */
export function jobOptions(job: JobKind): JobsOptions {
  return {
    attempts: job.attempts,
    backoff: { type: 'kept', delay: job.backoffMs },
    removeOnComplete: job.keepFinished ? KEEP_COMPLETED : true,
    removeOnFail: job.keepFinished ? KEEP_FAILED : true,
  };
}

/** The options of one job, checked, in BullMQ's words. */
export function entryOptions(job: JobKind, options: EnqueueOptions): JobsOptions {
  const common = { ...jobOptions(job), ...delayOf(options) };
  if (options.id === undefined) return common;
  const id = checkId(job, options.id);
  // A job that leaves nothing behind can use the id itself, which is one index look-up and works in bulk; one that stays
  // for people to look at would refuse its own successor for days.
  if (!job.keepFinished) return { ...common, jobId: id };
  return { ...common, deduplication: { id: `${job.name}.${id}`, replace: true, keepLastIfActive: true } };
}

/** Refuses what does not belong into a queue by its size alone. */
export function checkSize(job: JobKind, data: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? '');
  if (bytes > BYTES_MAX) throw new Error(`A ${job.name} carries ${bytes} bytes; at most ${BYTES_MAX}.`);
}
