/** At what pace something may be done: a few times at once, and in the long run once per pause. */
export interface Pace {
  /** The earliest time of the next one, by the same clock. */
  readonly nextAt: number;
  /** It was done now. */
  note(now: number): void;
}

/**
 * Opens a pace (the generic cell rate algorithm of ITU-T I.371): after a quiet while `burst` more may follow the first at
 * once, so that somebody who moves and moves again sees each within the second; without end it is one per `pauseMs`.
 */
export function openPace({ pauseMs, burst }: { pauseMs: number; burst: number }): Pace {
  let paidUntil = -Infinity;
  return {
    get nextAt() {
      return paidUntil - burst * pauseMs;
    },
    note(now) {
      paidUntil = Math.max(paidUntil, now) + pauseMs;
    },
  };
}
