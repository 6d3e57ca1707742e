import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Logger } from '@kept/subgraph-kit';
import { readFeed, type FeedAddress } from './read-feed.ts';
import { Withdrawn, type FeedLine } from './withdrawn.ts';

export interface FeedOptions {
  readonly identity: FeedAddress;
  readonly clock: Clock;
  readonly log: Logger;
}

const AGAIN_MS_MIN = 200;
const AGAIN_MS_MAX = 5_000;
// However many callers wait for it: an identity that is away is not kept down by those who ask whether it is back.
const APART_MS = 100;

/** Keeps a connection to identity's control feed, and what was heard last while there is none. */
export class FeedFollower {
  readonly #options: FeedOptions;
  readonly #onChange: (lines: readonly FeedLine[]) => void;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<() => void>();
  #hurry = new AbortController();
  #withdrawn: Withdrawn | undefined;
  #heardAt = -Infinity;

  /** `onChange` is told of each change, and of a new snapshot as a whole, after it has taken effect. */
  constructor(options: FeedOptions, onChange: (lines: readonly FeedLine[]) => void) {
    this.#options = options;
    this.#onChange = onChange;
    void this.#follow();
  }

  /** What the last snapshot and all that followed it say; undefined before the first. */
  get withdrawn(): Withdrawn | undefined {
    return this.#withdrawn;
  }

  /** Monotonic time in milliseconds of the last word from identity. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Tries now instead of in a moment, and waits for the first snapshot. Answers whether there is one. */
  async first(withinMs: number): Promise<boolean> {
    this.#hurry.abort();
    if (!this.#withdrawn) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, withinMs);
        this.#waiting.add(done);
      });
    }
    return this.#withdrawn !== undefined;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #follow(): Promise<void> {
    const { log } = this.#options;
    const stopping = this.#stopping.signal;
    let waitMs = AGAIN_MS_MIN;
    while (!stopping.aborted) {
      const before = this.#heardAt;
      try {
        await this.#readOnce(stopping);
        throw new Error('identity ended the feed');
      } catch (error) {
        if (stopping.aborted) return;
        log.warn({ err: error }, 'the control feed of identity is interrupted; what was known holds');
      }
      waitMs = this.#heardAt > before ? AGAIN_MS_MIN : Math.min(2 * waitMs, AGAIN_MS_MAX);
      this.#hurry = new AbortController();
      const signal = AbortSignal.any([this.#hurry.signal, stopping]);
      await rest(APART_MS, stopping);
      // Apart from each other, or all gateways would come back to a restarted identity at once.
      await rest(waitMs * (0.5 + Math.random()) - APART_MS, signal);
    }
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const { identity, clock, log } = this.#options;
    // A snapshot takes effect whole: until its last line, what was known before holds.
    const next = new Withdrawn();
    const snapshot: FeedLine[] = [];
    let complete = false;
    for await (const line of readFeed(identity, clock, signal)) {
      this.#heardAt = performance.now();
      next.apply(line, this.#heardAt);
      if (complete) {
        if (line.type !== 'alive') this.#onChange([line]);
        continue;
      }
      snapshot.push(line);
      if (line.type !== 'complete') continue;
      complete = true;
      this.#withdrawn = next;
      log.info('following the control feed of identity');
      this.#waiting.forEach((done) => done());
      this.#onChange(snapshot.splice(0));
    }
  }
}

/** Ends early, and not with an error, when the signal aborts. */
const rest = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  pause(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
