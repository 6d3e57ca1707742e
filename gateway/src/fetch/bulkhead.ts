/** Somebody who waits for a place: how long at most, and what would send them away earlier. */
export interface Patience {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

export interface Bulkhead {
  readonly inFlight: number;
  readonly waiting: number;
  /** True with a place, which must be given back by `leave`; false when there is none within the caller's patience. */
  enter(patience: Patience): boolean | Promise<boolean>;
  leave(): void;
}

/**
 * As many requests to one subgraph at a time as it can use, and a bounded line behind them: one slow service holds up
 * those who ask it, not the gateway's memory and connections (Nygard, "Release It!", bulkheads).
 */
export function openBulkhead(limits: { inFlightMax: number; waitingMax: number }): Bulkhead {
  let inFlight = 0;
  // In the order in which they came; whoever loses patience is taken out of the middle.
  const line = new Set<(admitted: boolean) => void>();
  const wait = ({ milliseconds, signal }: Patience) =>
    new Promise<boolean>((resolve) => {
      const settle = (admitted: boolean) => {
        line.delete(settle);
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(admitted);
      };
      const giveUp = () => settle(false);
      const timer = setTimeout(giveUp, milliseconds);
      signal.addEventListener('abort', giveUp);
      line.add(settle);
    });
  return {
    get inFlight() {
      return inFlight;
    },
    get waiting() {
      return line.size;
    },
    enter(patience) {
      if (patience.signal.aborted) return false;
      if (inFlight < limits.inFlightMax) {
        inFlight += 1;
        return true;
      }
      if (line.size >= limits.waitingMax || patience.milliseconds <= 0) return false;
      return wait(patience);
    },
    leave() {
      // The place goes straight to the next in line: a newcomer cannot slip in between.
      const [next] = line;
      if (next) next(true);
      else inFlight -= 1;
    },
  };
}
