/** How an exchange goes that is the last: the request never arrives, or it is carried out and its answer is lost. */
export type Death = 'cut-request' | 'cut-reply';

/** What the connections of one process share, to its database and to others: they count together, and end together. */
export interface ProcessLife {
  /**
   * From now on, the n-th request (1 is the next) is the last. Then every connection is gone and no new one is let in, as for a
   * process killed at that moment; `then` may kill a real one.
   */
  dieAt(request: number, death: Death, then?: () => void): void;
  /** A new process in the place of the one that died: connections are let in again. */
  restart(): void;
  /** How many requests have passed, over all connections. */
  readonly requests: number;
  readonly isOver: boolean;
  /** For the proxies: counts one request and says how it ends if it is the last. */
  pass(): Death | undefined;
  /** For the proxies: cuts the connections of all of them. */
  end(): void;
  /** For the proxies: how to cut theirs. */
  onDeath(cut: () => void): void;
}

/** The life of one process under test, for the proxies before whatever it talks to. */
export function startProcessLife(): ProcessLife {
  const cuts: (() => void)[] = [];
  let last: { request: number; death: Death; then: () => void } | undefined;
  let [requests, isOver] = [0, false];
  const end = () => {
    for (const cut of cuts) cut();
  };
  return {
    dieAt: (request, death, then = () => undefined) =>
      void (last = { request: requests + request, death, then }),
    restart: () => {
      end();
      [last, isOver] = [undefined, false];
    },
    get requests() {
      return requests;
    },
    get isOver() {
      return isOver;
    },
    pass: () => {
      requests += 1;
      if (last?.request !== requests) return undefined;
      isOver = true;
      const { death, then } = last;
      then();
      return death;
    },
    end,
    onDeath: (cut) => void cuts.push(cut),
  };
}
