import type { Counter, Taken } from './counters.ts';

/** The time that the gateway gives to an address before it knows whether anything will come of it. */
export interface ReadingTime {
  /** Does reading, parsing, checking of so many bytes. Its time is counted, whether it ends well or not. */
  working<Result>(key: string, bytes: number, work: () => Result): Result;
  /** What is wrong with an address that has had its share, until its window ends. */
  spent(key: string): Taken | undefined;
  /** An address that has taken much already waits until others have had their turn; undefined for everybody else. */
  turn(key: string): Promise<void> | undefined;
}

// Known documents are looked up in microseconds. Only what takes longer is counted: it is new, large, or abuse.
const FREE_MICROSECONDS = 1_000;
// What cannot be read or checked is never free: with its connection, answer and log line it takes about this.
const REFUSED_MICROSECONDS = 1_001;
// A microsecond for each byte: five times what the dearest document of its size took (15 ms for 64 kB, measured).
const mostFor = (bytes: number) => 2_000 + bytes;
/** Counters count whole points: a point is a tenth of a millisecond. */
export const POINTS_PER_MS = 10;
const KNOWN_MAX = 10_000;
// From this part of its share on, an address takes turns.
const MUCH = 0.1;

/**
 * A refused request can cost more than an answered one: 2 000 tokens, 250 kB, 500 unknown fields (5 to 15 ms each,
 * measured). Counting requests would either let these pass or stop an office with one broken app; time is what they take.
 * Asking the system for the process's own time would cost more than reading (3 % of a gateway, measured), so the clock
 * is read; and because on a busy machine it runs on while we wait, no request is charged more than its size can take.
 */
export function openReadingTime(counter: Counter): ReadingTime {
  const known = new Map<string, { readonly share: number; readonly until: number }>();
  let lane: Promise<void> = Promise.resolve();
  const now = (key: string) => {
    const state = known.get(key);
    if (state && state.until > performance.now()) return state;
    if (state) known.delete(key);
    return undefined;
  };
  const charge = async (key: string, microseconds: number) => {
    const taken = await counter.take(key, (microseconds / 1_000) * POINTS_PER_MS);
    const share = taken.allowed ? 1 - taken.remaining / counter.limit : Infinity;
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(key, { share, until: performance.now() + taken.resetSeconds * 1_000 });
  };
  return {
    working(key, bytes, work) {
      const startedAt = performance.now();
      let refused = true;
      try {
        const result = work();
        refused = false;
        return result;
      } finally {
        const elapsed = Math.min((performance.now() - startedAt) * 1_000, mostFor(bytes));
        const took = Math.max(elapsed, refused ? REFUSED_MICROSECONDS : 0);
        // Nobody waits for it, and a counter that fails must not end the process.
        if (took > FREE_MICROSECONDS) charge(key, took).catch(() => undefined);
      }
    },
    spent(key) {
      const state = now(key);
      if (state?.share !== Infinity) return undefined;
      const resetSeconds = Math.ceil((state.until - performance.now()) / 1_000);
      return { allowed: false, remaining: 0, resetSeconds };
    },
    turn(key) {
      const share = now(key)?.share ?? 0;
      if (share < MUCH) return undefined;
      // One per turn of the event loop: whatever else has arrived by then comes first.
      lane = lane.then(() => new Promise((resolve) => setImmediate(resolve)));
      return lane;
    },
  };
}
