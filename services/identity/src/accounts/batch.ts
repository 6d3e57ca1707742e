/** Answers one key at a time and asks for all keys of a moment together, so that a list of bookings costs one query. */
export type BatchLoader<Value> = (key: string) => Promise<Value | undefined>;

/** Opens a loader for one request; it remembers what it has loaded until the request ends. */
export function openBatchLoader<Value>(
  loadMany: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): BatchLoader<Value> {
  const known = new Map<string, Promise<Value | undefined>>();
  let waiting: { keys: string[]; loaded: Promise<ReadonlyMap<string, Value>> } | undefined;

  const nextBatch = () => {
    const keys: string[] = [];
    // After everything that this turn of the event loop can still ask for.
    const loaded = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      waiting = undefined;
      return loadMany(keys);
    });
    return { keys, loaded };
  };

  return (key) => {
    const before = known.get(key);
    if (before) return before;
    waiting ??= nextBatch();
    waiting.keys.push(key);
    const value = waiting.loaded.then((values) => values.get(key));
    known.set(key, value);
    return value;
  };
}
