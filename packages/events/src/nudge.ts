// A relay in the same process hears at once that there is something to send. It is a hint and nothing more: the relay polls
// anyway, so that events published by other processes, or just before a crash, are sent as well.
const relays = new WeakMap<object, Set<() => void>>();

/** Calls `wake` after each commit that published through this data source; answers how to stop that. */
export function onNudge(dataSource: object, wake: () => void): () => void {
  const wakes = relays.get(dataSource) ?? new Set();
  relays.set(dataSource, wakes.add(wake));
  return () => wakes.delete(wake);
}

export function nudgeRelay(dataSource: object): void {
  for (const wake of relays.get(dataSource) ?? []) wake();
}
