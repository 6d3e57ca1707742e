import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Fault } from '@kept/subgraph-kit';
import type { LimitName } from './rates.ts';
import type { LimitSettings } from './settings.ts';

/** Keeps the process from taking on more than it can do at once. */
export interface Overload {
  /** A place for one operation; give it back exactly once. Throws UNAVAILABLE at once when there is none. */
  enter(by: { readonly signedIn: boolean }): () => void;
  readonly inFlight: number;
}

export interface OverloadOptions {
  readonly settings: Pick<
    LimitSettings,
    'KEPT_LIMIT_OPERATIONS_IN_FLIGHT' | 'KEPT_LIMIT_EVENT_LOOP_DELAY_MS'
  >;
  /** How far the process is behind, in milliseconds. */
  readonly delayMs: () => number;
  readonly refused?: (limit: LimitName) => void;
}

// A quarter of the places is for people who have signed in: their work goes on while a booking page is flooded.
const ANONYMOUS_SHARE = 0.75;

/**
 * A bulkhead for the whole process. Beyond it more requests would only wait, each holding memory, until all of them are too
 * late (goodput falls to nothing: https://sre.google/sre-book/handling-overload/). Anonymous load is shed first.
 */
export function openOverload({ settings, delayMs, refused = () => undefined }: OverloadOptions): Overload {
  const placesMax = settings.KEPT_LIMIT_OPERATIONS_IN_FLIGHT;
  const anonymousMax = Math.max(1, Math.floor(placesMax * ANONYMOUS_SHARE));
  let inFlight = 0;
  const refuse = (limit: LimitName): never => {
    refused(limit);
    // Not the same moment for all: they would come back as they came.
    throw new Fault('UNAVAILABLE', 'There is too much to do at the moment. Please try again shortly.', {
      retryAfterSeconds: 1 + Math.floor(Math.random() * 4),
    });
  };
  return {
    enter({ signedIn }) {
      if (inFlight >= (signedIn ? placesMax : anonymousMax)) refuse('in flight');
      if (!signedIn && delayMs() > settings.KEPT_LIMIT_EVENT_LOOP_DELAY_MS) refuse('event loop');
      inFlight += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        inFlight -= 1;
      };
    },
    get inFlight() {
      return inFlight;
    },
  };
}

const RESOLUTION_MS = 20;
const LOOK_EVERY_MS = 500;

/**
 * How late the event loop is: the median delay of the last half second, so that one long pause is no overload, and being
 * behind with everything is.
 */
export function watchEventLoop(): { delayMs(): number; stop(): void } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let delay = 0;
  const timer = setInterval(() => {
    // A reset forgets when the last tick was, so that the first one after it is not counted: a loop that is very late has
    // no count yet, and must not be taken for one that is on time.
    if (histogram.count === 0) return;
    // What is counted is the time between two ticks of the histogram's own timer.
    delay = Math.max(0, histogram.percentile(50) / 1e6 - RESOLUTION_MS);
    histogram.reset();
  }, LOOK_EVERY_MS).unref();
  return {
    delayMs: () => delay,
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
