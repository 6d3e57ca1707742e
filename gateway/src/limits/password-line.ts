/** Somebody in the line. */
export interface InLine {
  /** It is their turn. */
  begin(): void;
  /** Somebody else has their place in the line. */
  giveWay(): void;
}

/** Who waits for a place, by network: each network's own in the order in which they came, the networks in turns. */
export interface PasswordLine {
  /**
   * Null when nobody more may wait, from there or at all; else how to leave before one's turn. A line that is full makes room for
   * a network that has less in it than another, whose last one has to go: a few networks cannot keep everybody else out.
   */
  join(network: string, waiter: InLine): (() => void) | null;
  /** Takes the next one out of the line of those whose network may have a place; undefined when there is none. */
  next(mayBegin: (network: string) => boolean): (() => void) | undefined;
}

/** Opens a line for so many, `ofOneNetworkMax` of them from one network. */
export function openPasswordLine(waitingMax: number, ofOneNetworkMax: number): PasswordLine {
  // A map keeps the order in which networks joined it: whoever had a turn joins it again at its end.
  const byNetwork = new Map<string, Set<InLine>>();
  let waiting = 0;
  const take = (network: string, waiter: InLine) => {
    const own = byNetwork.get(network);
    if (!own?.delete(waiter)) return;
    waiting -= 1;
    if (own.size === 0) byNetwork.delete(network);
  };
  // Looked for only when the line is full, and never among more networks than it has room.
  const makeRoomFor = (size: number): boolean => {
    let longest: [network: string, own: Set<InLine>] | undefined;
    for (const each of byNetwork) if (each[1].size > (longest?.[1].size ?? size + 1)) longest = each;
    const last = longest && [...longest[1]].at(-1);
    if (!longest || !last) return false;
    take(longest[0], last);
    last.giveWay();
    return true;
  };
  return {
    join(network, waiter) {
      const size = byNetwork.get(network)?.size ?? 0;
      if (size >= ofOneNetworkMax || (waiting >= waitingMax && !makeRoomFor(size))) return null;
      const own = byNetwork.get(network) ?? new Set();
      byNetwork.set(network, own.add(waiter));
      waiting += 1;
      return () => take(network, waiter);
    },
    next(mayBegin) {
      for (const [network, own] of byNetwork) {
        const [waiter] = own;
        if (!waiter || !mayBegin(network)) continue;
        take(network, waiter);
        if (byNetwork.delete(network)) byNetwork.set(network, own);
        return () => waiter.begin();
      }
      return undefined;
    },
  };
}
