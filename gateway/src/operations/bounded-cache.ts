/** What was worked out once. Holds at most so much; what was not asked for longest goes first. */
export interface BoundedCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  readonly size: number;
  /** All of them, what was not asked for longest first. */
  values(): readonly Value[];
}

/** Bounded by entries and by the characters of their keys: texts of 256 kB would fill a memory that is only counted. */
export function openBoundedCache<Value>(limits: {
  entriesMax: number;
  keyCharactersMax: number;
}): BoundedCache<Value> {
  // A Map remembers the order of insertion: the first one is the oldest.
  const entries = new Map<string, Value>();
  let characters = 0;
  const drop = (key: string) => {
    if (entries.delete(key)) characters -= key.length;
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      drop(key);
      entries.set(key, value);
      characters += key.length;
      for (const oldest of entries.keys()) {
        if (entries.size <= limits.entriesMax && characters <= limits.keyCharactersMax) return;
        drop(oldest);
      }
    },
    values: () => [...entries.values()],
    get size() {
      return entries.size;
    },
  };
}
