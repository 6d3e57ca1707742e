import { CarrierUnavailable } from './errors.ts';
import { withinDeadline } from './deadline.ts';

/** Open while the store answers. Nobody hands work to a library that would keep it in memory until the store returns. */
export interface Gate {
  open(): void;
  shut(): void;
  /** Passes at once while open, otherwise waits up to `ms` for it to open. */
  pass(ms: number): Promise<void>;
}

export function openGate(place: string): Gate {
  let isOpen = false;
  const waiting = new Set<() => void>();
  return {
    open() {
      isOpen = true;
      for (const letIn of waiting) letIn();
      waiting.clear();
    },
    shut() {
      isOpen = false;
    },
    async pass(ms) {
      if (isOpen) return;
      let letIn: () => void = () => undefined;
      const opened = new Promise<void>((resolve) => {
        letIn = resolve;
        waiting.add(resolve);
      });
      try {
        await withinDeadline(
          opened,
          ms,
          () => new CarrierUnavailable(`The queue (${place}) did not answer within ${ms} ms.`),
        );
      } finally {
        waiting.delete(letIn);
      }
    },
  };
}
