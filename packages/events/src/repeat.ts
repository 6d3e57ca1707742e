/** A loop of the background: one round at a time, never two, and an end that can be awaited. */
export interface Loop {
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Runs `round` now, whenever woken, and `everyMs` after the last; at once again when it answers `true` (there is more).
 * Rounds handle their own trouble; one that throws all the same waits for its next turn.
 */
export function repeat(round: () => Promise<boolean>, everyMs: number): Loop {
  const state = { stopped: false, woken: false };
  let endWait: () => void = () => undefined;

  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    while (!state.stopped) {
      state.woken = false;
      const more = await round().catch(() => false);
      if (!state.stopped && !more && !state.woken) await wait();
    }
  };

  const ended = run();
  const wake = (): void => {
    state.woken = true;
    endWait();
  };
  return {
    wake,
    stop() {
      state.stopped = true;
      wake();
      return ended;
    },
  };
}
