/**
 * Gathers what resolvers of one request ask for in one turn of the event loop into one query, and asks for nothing
 * twice: a page of a hundred bookings costs one query per kind of thing, not a hundred.
 */
export function openBatchLoader<Key, Value>(
  keyOf: (key: Key) => string,
  readMany: (keys: Key[]) => Promise<Map<string, Value>>,
): (key: Key) => Promise<Value | undefined> {
  const asked = new Map<string, Promise<Value | undefined>>();
  let waiting: Key[] = [];
  let batch: Promise<Map<string, Value>> | undefined;
  const nextBatch = (): Promise<Map<string, Value>> =>
    new Promise((resolve, reject) => {
      setImmediate(() => {
        const keys = waiting;
        waiting = [];
        batch = undefined;
        readMany(keys).then(resolve, reject);
      });
    });
  return (key) => {
    const name = keyOf(key);
    const known = asked.get(name);
    if (known !== undefined) return known;
    waiting.push(key);
    batch ??= nextBatch();
    const value = batch.then((values) => values.get(name));
    asked.set(name, value);
    return value;
  };
}
