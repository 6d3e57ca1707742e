/** `closed`: asked as always. `open`: not asked at all. `half-open`: one request tries whether it answers again. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerSettings {
  /** Failures of this share of what was asked within the window open it. */
  readonly failureShare: number;
  /** Fewer requests than this in the window say nothing. */
  readonly requestsMin: number;
  readonly windowMs: number;
  /** How long nobody asks before one may try. */
  readonly openMs: number;
}

/** facts: 50 % of at least 20 requests in 10 s; then 5 s of peace, in which an overloaded service can recover. */
export const BREAKER: BreakerSettings = {
  failureShare: 0.5,
  requestsMin: 20,
  windowMs: 10_000,
  openMs: 5_000,
};

/** A verdict belongs to the state in which its request began: a late answer from before says nothing about now. */
export type Ticket = number;
export const REFUSED: Ticket = -1;

export interface Breaker {
  readonly state: BreakerState;
  /** Whether a request would be refused right now; for those who would have to wait first. */
  refuses(): boolean;
  /** Lets one request through, or answers `REFUSED`. Every ticket must be given back by one of the three below. */
  enter(): Ticket;
  succeeded(ticket: Ticket): void;
  failed(ticket: Ticket): void;
  /** It ended for a reason that says nothing about the other side: the client left. */
  withdrawn(ticket: Ticket): void;
}

const SLICES = 10;

/**
 * Stops asking whoever does not answer (Nygard, "Release It!", circuit breaker): callers get their partial answer at
 * once instead of after a timeout, and the other side is not kept down by its own queue. `now` is a monotonic clock in
 * milliseconds. Libraries were weighed (docs/decisions/0018): this is the part of them that we need.
 */
export function openBreaker(options: {
  settings: BreakerSettings;
  now: () => number;
  onChange: (state: BreakerState) => void;
}): Breaker {
  const { settings, now, onChange } = options;
  const sliceMs = settings.windowMs / SLICES;
  let counts = emptySlices();
  let state: BreakerState = 'closed';
  let generation: Ticket = 0;
  let openUntil = 0;
  let probing = false;

  const turnTo = (next: BreakerState) => {
    state = next;
    generation += 1;
    probing = false;
    counts = emptySlices();
    if (next === 'open') openUntil = now() + settings.openMs;
    onChange(next);
  };
  const count = (failed: boolean) => {
    const number = Math.floor(now() / sliceMs);
    const slice = counts[number % SLICES];
    if (!slice) return;
    if (slice.number !== number) Object.assign(slice, { number, asked: 0, failed: 0 });
    slice.asked += 1;
    if (failed) slice.failed += 1;
  };
  const tooManyFailed = () => {
    const oldest = Math.floor(now() / sliceMs) - SLICES;
    const recent = counts.filter(({ number }) => number > oldest);
    const asked = recent.reduce((sum, slice) => sum + slice.asked, 0);
    const failed = recent.reduce((sum, slice) => sum + slice.failed, 0);
    return asked >= settings.requestsMin && failed >= asked * settings.failureShare;
  };
  const refuses = () => (state === 'open' ? now() < openUntil : state === 'half-open' && probing);
  return {
    get state() {
      return state;
    },
    refuses,
    enter() {
      if (state === 'closed') return generation;
      if (refuses()) return REFUSED;
      if (state === 'open') turnTo('half-open');
      probing = true;
      return generation;
    },
    succeeded(ticket) {
      if (ticket !== generation) return;
      if (state === 'half-open') turnTo('closed');
      else count(false);
    },
    failed(ticket) {
      if (ticket !== generation) return;
      if (state === 'half-open') return turnTo('open');
      count(true);
      if (tooManyFailed()) turnTo('open');
    },
    withdrawn(ticket) {
      if (ticket === generation) probing = false;
    },
  };
}

const emptySlices = () => Array.from({ length: SLICES }, () => ({ number: -1, asked: 0, failed: 0 }));
