import type { Log } from './log.ts';
import { describeError } from './errors.ts';

/** Says that the queue is away, and that it is back: one sentence each, however many errors come in between. */
export interface Outage {
  failed(error: unknown): void;
  recovered(): void;
}

// An error that is not followed by silence of this length is the same outage, and worth one more sentence after a while.
const REPEAT_AFTER_MS = 60_000;

export function watchOutage({ place, log }: { place: () => string; log: Log }): Outage {
  let saidAt: number | null = null;
  return {
    failed(error) {
      // The process' own monotonic time: this is about how much we write, not about business.
      const now = performance.now();
      if (saidAt !== null && now - saidAt < REPEAT_AFTER_MS) return;
      saidAt = now;
      log.warn(
        { error: describeError(error) },
        `The queue (${place()}) has trouble; work waits and is tried again.`,
      );
    },
    recovered() {
      if (saidAt === null) return;
      saidAt = null;
      log.info({}, `The queue (${place()}) answers again.`);
    },
  };
}
