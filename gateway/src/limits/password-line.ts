/** Who waits for a place, by network: each network's own in the order in which they came, the networks in turns. */
export interface PasswordLine {
  /** Null when nobody more may wait, from there or at all; else how to leave before one's turn. */
  join(network: string, begin: () => void): (() => void) | null;
  /** Takes the next one out of the line of those whose network may have a place; undefined when there is none. */
  next(mayBegin: (network: string) => boolean): (() => void) | undefined;
}

/** Opens a line for so many, `ofOneNetworkMax` of them from one network. */
export function openPasswordLine(waitingMax: number, ofOneNetworkMax: number): PasswordLine {
  // A map keeps the order in which networks joined it: whoever had a turn joins it again at its end.
  const byNetwork = new Map<string, Set<() => void>>();
  let waiting = 0;
  const take = (network: string, begin: () => void) => {
    const own = byNetwork.get(network);
    if (!own?.delete(begin)) return;
    waiting -= 1;
    if (own.size === 0) byNetwork.delete(network);
  };
  return {
    join(network, begin) {
      const own = byNetwork.get(network) ?? new Set();
      if (waiting >= waitingMax || own.size >= ofOneNetworkMax) return null;
      byNetwork.set(network, own.add(begin));
      waiting += 1;
      return () => take(network, begin);
    },
    next(mayBegin) {
      for (const [network, own] of byNetwork) {
        const [begin] = own;
        if (!begin || !mayBegin(network)) continue;
        take(network, begin);
        if (byNetwork.delete(network)) byNetwork.set(network, own);
        return begin;
      }
      return undefined;
    },
  };
}
