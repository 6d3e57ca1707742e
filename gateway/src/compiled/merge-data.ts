import { bareObject, isData, own, put, type Data } from './bare-object.ts';

/**
 * Puts what a subgraph answered into what is there already: objects and lists of equal length item by item, everything
 * else instead of what was there. `target` keeps parts of `source`; nobody else may use those afterwards.
 */
export function mergeData(target: Data, source: Data): void {
  for (const key of Object.keys(source)) {
    const value = source[key];
    const there = own(target, key);
    if (isData(value) && isData(there)) mergeData(there, value);
    else if (Array.isArray(value) && Array.isArray(there) && value.length === there.length) {
      mergeLists(there, value);
    } else put(target, key, value);
  }
}

function mergeLists(target: unknown[], source: readonly unknown[]): void {
  for (const [index, value] of source.entries()) {
    const there = target[index];
    if (isData(value) && isData(there)) mergeData(there, value);
    else if (Array.isArray(value) && Array.isArray(there) && value.length === there.length) {
      mergeLists(there, value);
    } else target[index] = value;
  }
}

/** A copy that shares nothing: one answered entity that belongs in several places. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isData(value)) return value;
  const copy = bareObject();
  for (const key of Object.keys(value)) copy[key] = copyOf(value[key]);
  return copy;
}
