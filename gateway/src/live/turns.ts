/** Lets so many work at once, the others in turn. */
export interface Turns {
  take(work: () => Promise<void>): Promise<void>;
}

/** A change that a hundred streams show must not be a hundred operations in the same moment, beside everybody else's. */
export function openTurns(atOnceMax: number): Turns {
  const waiting: (() => void)[] = [];
  let working = 0;
  return {
    async take(work) {
      if (working >= atOnceMax) await new Promise<void>((resolve) => void waiting.push(resolve));
      else working += 1;
      try {
        await work();
      } finally {
        const next = waiting.shift();
        // The turn goes from hand to hand.
        if (next) next();
        else working -= 1;
      }
    },
  };
}
