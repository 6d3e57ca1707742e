import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { refused } from '@kept/subgraph-kit';

// Start-up of the dictionaries takes 260–380 ms (measured) and counts for the first question.
const TIMEOUT_MS = 5_000;
const WAITING_MAX = 32;
const WORKER = join(import.meta.dirname, '../../src/passwords/strength.worker.mjs');

interface Question {
  readonly settle: (answer: number | Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Estimates how hard a password is to guess, 0 to 4, in a thread of its own. */
export interface StrengthEstimator {
  score(password: string, personalDetails: readonly string[]): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Opens the estimator; its thread starts with the first question. A question that takes too long, or is one too many,
 * is refused and never waved through. A thread that hangs is ended, and the next question starts a new one.
 */
export function openStrengthEstimator(
  options: { waitingMax?: number; timeoutMs?: number } = {},
): StrengthEstimator {
  const { waitingMax = WAITING_MAX, timeoutMs = TIMEOUT_MS } = options;
  const open = new Map<number, Question>();
  let worker: Worker | undefined;
  let next = 0;

  const settle = (id: number, answer: number | Error) => {
    const question = open.get(id);
    if (!question) return;
    open.delete(id);
    clearTimeout(question.timer);
    if (open.size === 0) worker?.unref();
    question.settle(answer);
  };
  const replace = async (cause: Error) => {
    const broken = worker;
    worker = undefined;
    for (const id of open.keys()) settle(id, cause);
    await broken?.terminate();
  };
  const started = (): Worker => {
    if (worker) return worker;
    const fresh = new Worker(WORKER);
    fresh.on('message', ({ id, score }: { id: number; score: number }) => settle(id, score));
    fresh.on('error', (error: Error) => void replace(error));
    worker = fresh;
    return fresh;
  };

  return {
    score(password, personalDetails) {
      if (open.size >= waitingMax) return Promise.reject(refused.rateLimited(2));
      return new Promise((resolve, reject) => {
        const id = ++next;
        const timer = setTimeout(() => void replace(refused.unavailable()), timeoutMs);
        open.set(id, {
          timer,
          settle: (answer) => (typeof answer === 'number' ? resolve(answer) : reject(answer)),
        });
        const thread = started();
        thread.ref();
        thread.postMessage({ id, password, personalDetails: [...personalDetails] });
      });
    },
    stop: () => replace(refused.unavailable()),
  };
}
