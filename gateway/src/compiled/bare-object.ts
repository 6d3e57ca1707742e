/** What JSON calls an object. */
export type Data = Record<string, unknown>;

const Bare = function () {} as unknown as new () => Data;
Bare.prototype = Object.freeze(Object.create(null));

/**
 * An object that inherits nothing: `__proto__` and `constructor` are keys like any other in it (CVE-2026-32621).
 * `Object.create(null)` says the same, but V8 keeps such an object as a hash table, several times slower to fill.
 */
export const bareObject = (): Data => new Bare();

/** Whether a value is what JSON calls an object. */
export const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a key that an object has itself: what JSON.parse made inherits `constructor` and more, which is no data. */
export function own(data: Data, key: string): unknown {
  const value = data[key];
  return value === undefined || Object.hasOwn(data, key) ? value : undefined;
}

/** Writes a key, `__proto__` included, without reaching into a prototype. */
export function put(data: Data, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(data, key, { value, enumerable: true, configurable: true, writable: true });
  } else data[key] = value;
}
