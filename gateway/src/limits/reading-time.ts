import type { Counter, Taken } from './counters.ts';

/** The time that the gateway gives to an address before it knows whether anything will come of it. */
export interface ReadingTime {
  /** Does reading, parsing, checking. Its time is counted, whether it ends well or not. */
  working<Result>(key: string, work: () => Result): Result;
  /** What is wrong with an address that has had its share, until its window ends. */
  spent(key: string): Taken | undefined;
}

// Known documents are looked up in microseconds. Only what takes longer is counted: it is new, large, or abuse.
const FREE_MS = 1;
/** Counters count whole points: a point is a tenth of a millisecond. */
export const POINTS_PER_MS = 10;
const SPENT_MAX = 10_000;

/**
 * A refused request can cost more than an answered one: 2 000 tokens, 250 kB, 500 unknown fields (5 to 15 ms each,
 * measured). Counting requests would either let these pass or stop an office with one broken app; time is what they take.
 */
export function openReadingTime(counter: Counter): ReadingTime {
  const spentUntil = new Map<string, number>();
  const charge = async (key: string, milliseconds: number) => {
    const { allowed, resetSeconds } = await counter.take(key, milliseconds * POINTS_PER_MS);
    if (allowed) return;
    if (spentUntil.size >= SPENT_MAX) spentUntil.clear();
    spentUntil.set(key, performance.now() + resetSeconds * 1_000);
  };
  return {
    working(key, work) {
      const startedAt = performance.now();
      try {
        return work();
      } finally {
        const milliseconds = performance.now() - startedAt;
        // Nobody waits for it, and a counter that fails must not end the process.
        if (milliseconds > FREE_MS) charge(key, milliseconds).catch(() => undefined);
      }
    },
    spent(key) {
      const left = (spentUntil.get(key) ?? 0) - performance.now();
      if (left > 0) return { allowed: false, remaining: 0, resetSeconds: Math.ceil(left / 1_000) };
      spentUntil.delete(key);
      return undefined;
    },
  };
}
