/** A small seeded generator (mulberry32): the same requests on every machine, and any of them again by its seed. */
export interface SeededRandom {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** A whole number from 0 up to, and without, `below`. */
  below(below: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
  chance(of: number): boolean;
  /** So many of what `make` makes. */
  times<Item>(count: number, make: (at: number) => Item): Item[];
}

/** Opens a generator. Not for secrets. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    oneOf: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('There is nothing to choose from.');
      return item;
    },
    chance: (of) => next() < of,
    times: (count, make) => Array.from({ length: count }, (_, at) => make(at)),
  };
}
