import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { refused } from '@kept/subgraph-kit';

// 64 characters cost up to 640 ms of CPU with their twin; the rest is for a busy machine.
const TIMEOUT_MS = 5_000;
// Loading the dictionaries costs 260–380 ms of CPU (measured); it is nobody's question that takes so long.
const START_TIMEOUT_MS = 30_000;
const WAITING_MAX = 32;
const WORKER = join(import.meta.dirname, '../../src/passwords/strength.worker.mjs');

interface Question {
  readonly password: string;
  readonly personalDetails: readonly string[];
  readonly resolve: (score: number) => void;
  readonly reject: (error: Error) => void;
}

/** Estimates how hard a password is to guess, 0 to 4, in a thread of its own. */
export interface StrengthEstimator {
  score(password: string, personalDetails: readonly string[]): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Opens the estimator; its thread starts with the first question and takes one at a time. A question that takes too
 * long, or is one too many, is refused and never waved through. A thread that hangs is ended, and costs nobody else
 * their answer: the next question starts a new one.
 */
export function openStrengthEstimator(
  options: { waitingMax?: number; timeoutMs?: number } = {},
): StrengthEstimator {
  const { waitingMax = WAITING_MAX, timeoutMs = TIMEOUT_MS } = options;
  const waiting: Question[] = [];
  let asked: { question: Question; timer: NodeJS.Timeout } | undefined;
  let worker: Worker | undefined;
  let isReady = false;

  const deadline = () =>
    setTimeout(() => void endThread(refused.unavailable()), isReady ? timeoutMs : START_TIMEOUT_MS);
  const start = (): Worker => {
    const fresh = new Worker(WORKER);
    fresh.on('message', (message: 'ready' | number) => {
      // What a thread says after it was given up is about nobody's question any more.
      if (worker !== fresh) return;
      if (typeof message === 'number') return answered((question) => question.resolve(message));
      isReady = true;
      if (asked) clearTimeout(asked.timer);
      if (asked) asked.timer = deadline();
    });
    fresh.on('error', (error: Error) => void endThread(error));
    return fresh;
  };
  const askNext = () => {
    if (asked) return;
    const question = waiting.shift();
    if (!question) return worker?.unref();
    worker ??= start();
    worker.ref();
    asked = { question, timer: deadline() };
    worker.postMessage({ password: question.password, personalDetails: [...question.personalDetails] });
  };
  const answered = (settle: (question: Question) => void) => {
    if (!asked) return;
    const { question, timer } = asked;
    asked = undefined;
    clearTimeout(timer);
    settle(question);
    askNext();
  };
  const endThread = async (cause: Error) => {
    const ending = worker;
    worker = undefined;
    isReady = false;
    answered((question) => question.reject(cause));
    await ending?.terminate();
  };

  return {
    score(password, personalDetails) {
      // The one being answered counts as well.
      if (waiting.length + (asked ? 1 : 0) >= waitingMax) return Promise.reject(refused.rateLimited(2));
      return new Promise((resolve, reject) => {
        waiting.push({ password, personalDetails, resolve, reject });
        askNext();
      });
    },
    async stop() {
      for (const { reject } of waiting.splice(0)) reject(refused.unavailable());
      await endThread(refused.unavailable());
    },
  };
}
