import { withinRequest } from '@kept/request-scope';
import type { Job as QueueJob } from 'bullmq';
import { JobTimedOut } from './errors.ts';
import type { Handler } from './job.ts';
import { requestOf } from './request-of-job.ts';

// A handler that hears its signal ends by itself; one that does not is left behind after this, and the attempt has failed.
const GRACE_MS = 2_000;

/** Runs one attempt; ends at the job's timeout or when `control` is aborted, whatever the handler does. */
export async function runHandler(
  { job, run }: Handler,
  { entry, control }: { entry: QueueJob<unknown, void, string, object>; control: AbortController },
): Promise<void> {
  const { signal } = control;
  const timer = setTimeout(
    () => control.abort(new JobTimedOut(`${job.name} took longer than ${job.timeoutMs} ms.`)),
    job.timeoutMs,
  );
  const attempt = entry.attemptsMade + 1;
  const context = { id: entry.id ?? '', attempt, lastAttempt: attempt >= job.attempts, signal };
  const left = leaveAfterGrace(signal);
  try {
    const { requestId, data } = requestOf(entry.data);
    const work = () => run(data, context);
    const done = requestId === undefined ? work() : withinRequest({ requestId }, work);
    await Promise.race([done, left.promise]);
  } catch (error) {
    // Whatever it threw on its way out, the cause is that it was told to end.
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    left.cancel();
  }
}

function leaveAfterGrace(signal: AbortSignal): { promise: Promise<never>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: () => void = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), GRACE_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return {
    promise,
    cancel() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
