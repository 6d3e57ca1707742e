/**
 * Gathers what the resolvers of one request ask for in one turn of the event loop into one query: a page of a hundred
 * rows costs one query per kind of thing, not a hundred. It remembers nothing after that, because of two mutations in
 * one operation the second must be answered with what the second did.
 */
export function openBatchLoader<Key, Value>(
  keyOf: (key: Key) => string,
  readMany: (keys: Key[]) => Promise<Map<string, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let waiting = new Map<string, Key>();
  let batch: Promise<Map<string, Value>> | undefined;
  const nextBatch = (): Promise<Map<string, Value>> =>
    new Promise((resolve, reject) => {
      setImmediate(() => {
        const keys = [...waiting.values()];
        waiting = new Map();
        batch = undefined;
        readMany(keys).then(resolve, reject);
      });
    });
  return (key) => {
    const name = keyOf(key);
    if (!waiting.has(name)) waiting.set(name, key);
    batch ??= nextBatch();
    return batch.then((values) => values.get(name));
  };
}
