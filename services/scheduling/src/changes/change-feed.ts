import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@kept/database';
import type { Clock, Logger } from '@kept/subgraph-kit';
import { readChanges, type CalendarChange, type ChangesFound, type Cursor } from './read-changes.ts';

/** What a listener hears: changes, or that anything may have changed; and from where it would go on. */
export interface News {
  readonly changes: readonly CalendarChange[];
  readonly reset: boolean;
  readonly cursor: Cursor;
}

export interface ChangeFeed {
  /** Tells `hear` of what is committed from now on; the feed reads only while somebody listens. Call the answer to leave. */
  listen(hear: (news: News) => void): () => void;
  /** What was committed behind a cursor, up to now. */
  catchUp(cursor: Cursor): Promise<News>;
  stop(): Promise<void>;
}

// Nobody sees a quarter of a second in a calendar, and four look-ups a second by index cost a process nothing. NOTIFY
// would be quicker, but every commit that says it waits for a lock that all such commits of the server share
// (PostgreSQL, async.c, PreCommit_Notify); docs/decisions/0011.
const POLL_MS = 250;
/** How long changes are kept for readers that were away. */
export const KEPT_MINUTES = 60;
// A little less, so that nothing a cursor needs is deleted while it is read.
const CURSOR_MINUTES_MAX = 50;

/** One reader of changes per process, however many listen. */
export function openChangeFeed(options: {
  database: Database;
  clock: Clock;
  log: Logger;
  pollMs?: number;
}): ChangeFeed {
  const { database, clock, log, pollMs = POLL_MS } = options;
  const listeners = new Set<(news: News) => void>();
  const stopping = new AbortController();
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    const unseen = openUnseen();
    let from: bigint | undefined;
    let failing = false;
    while (listeners.size > 0 && !stopping.signal.aborted) {
      try {
        const found = await readChanges(database, from);
        const news = {
          changes: unseen(found),
          reset: found.reset,
          cursor: { settled: found.settled, at: clock() },
        };
        // The first look only says where we are: nothing behind it is missed from then on.
        listeners.forEach((hear) => hear(news));
        from = found.settled;
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ err: error }, 'changes cannot be read; trying on');
        failing = true;
      }
      await pause(pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    reading = undefined;
    // Somebody came between the last look and now.
    if (listeners.size > 0 && !stopping.signal.aborted) reading = read();
  };
  return {
    listen(hear) {
      listeners.add(hear);
      reading ??= read();
      return () => void listeners.delete(hear);
    },
    async catchUp({ settled, at }) {
      const now = clock();
      const tooOld = now.getTime() - at.getTime() > CURSOR_MINUTES_MAX * 60_000;
      const found = await readChanges(database, settled);
      const reset = found.reset || tooOld;
      return { changes: reset ? [] : found.changes, reset, cursor: { settled: found.settled, at: now } };
    },
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}

/** Leaves out what a look before has found: transactions that have not settled are looked at again. */
function openUnseen(): (found: ChangesFound) => CalendarChange[] {
  const seen = new Map<string, bigint>();
  return ({ changes, settled }) => {
    const fresh = changes.filter(({ position }) => !seen.has(position));
    for (const { position, writtenBy } of fresh) seen.set(position, writtenBy);
    for (const [position, writtenBy] of seen) if (writtenBy < settled) seen.delete(position);
    return fresh;
  };
}
