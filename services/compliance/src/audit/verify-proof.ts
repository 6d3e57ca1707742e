import { nodeHash } from './merkle-hash.ts';

/** Sizes are bigint: a proof from outside may name any 64-bit number. */
export interface InclusionClaim {
  index: bigint;
  size: bigint;
  leaf: Buffer;
  root: Buffer;
  proof: readonly Buffer[];
}

export interface ConsistencyClaim {
  older: { size: bigint; root: Buffer };
  newer: { size: bigint; root: Buffer };
  proof: readonly Buffer[];
}

const HASH_BYTES = 32;

/** Whether a leaf stands at `index` in the tree with this root (RFC 9162 §2.1.3.2). */
export function verifyInclusion({ index, size, leaf, root, proof }: InclusionClaim): boolean {
  if (index < 0n || index >= size || ![leaf, root, ...proof].every(isHash)) return false;
  let position = index;
  let last = size - 1n;
  let hash = leaf;
  for (const step of proof) {
    if (last === 0n) return false;
    if (position % 2n === 1n || position === last) {
      hash = nodeHash(step, hash);
      // A node without right sibling moves up unchanged until it has a left one.
      while (position % 2n === 0n && position !== 0n) [position, last] = [position / 2n, last / 2n];
    } else {
      hash = nodeHash(hash, step);
    }
    [position, last] = [position / 2n, last / 2n];
  }
  return last === 0n && hash.equals(root);
}

/**
 * Whether the newer tree begins with the older one (RFC 9162 §2.1.4.2). From an empty tree nothing can be proved, not
 * even to itself: everything is consistent with nothing, so such a claim is refused.
 */
export function verifyConsistency({ older, newer, proof }: ConsistencyClaim): boolean {
  if (older.size < 1n || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  if (![older.root, newer.root, ...proof].every(isHash)) return false;
  const steps = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof];
  const first = steps.shift();
  if (first === undefined) return false;
  let position = older.size - 1n;
  let last = newer.size - 1n;
  while (position % 2n === 1n) [position, last] = [position / 2n, last / 2n];
  let [olderHash, newerHash] = [first, first];
  for (const step of steps) {
    if (last === 0n) return false;
    if (position % 2n === 1n || position === last) {
      olderHash = nodeHash(step, olderHash);
      newerHash = nodeHash(step, newerHash);
      while (position % 2n === 0n && position !== 0n) [position, last] = [position / 2n, last / 2n];
    } else {
      newerHash = nodeHash(newerHash, step);
    }
    [position, last] = [position / 2n, last / 2n];
  }
  return last === 0n && olderHash.equals(older.root) && newerHash.equals(newer.root);
}

function isHash(bytes: Buffer): boolean {
  return bytes.length === HASH_BYTES;
}

function isPowerOfTwo(size: bigint): boolean {
  return (size & (size - 1n)) === 0n;
}
