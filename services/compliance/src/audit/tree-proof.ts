import { nodeHash } from './merkle-hash.ts';
import type { TreeNode } from './tree-frontier.ts';

/** The leaves from `from` up to, not including, `to`. */
interface Leaves {
  from: number;
  to: number;
}

/** A proof that still lacks its hashes: read `nodes` in one query, then `fill`. */
export interface ProofPlan {
  nodes: { level: number; index: number }[];
  fill(nodes: readonly TreeNode[]): Buffer[];
}

/** Which hashes prove that entry `index` is in the tree of `size` entries (RFC 6962 §2.1.1). */
export function planInclusion(index: number, size: number): ProofPlan {
  if (index < 0 || index >= size) throw new RangeError(`Entry ${index} is not in a tree of ${size}.`);
  const path: Leaves[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    if (index < middle) {
      path.unshift({ from: middle, to });
      to = middle;
    } else {
      path.unshift({ from, to: middle });
      from = middle;
    }
  }
  return plan(path);
}

/** Which hashes prove that the tree of `older` entries is the beginning of the tree of `newer` (RFC 6962 §2.1.2). */
export function planConsistency(older: number, newer: number): ProofPlan {
  if (older < 1 || older > newer)
    throw new RangeError(`No consistency proof leads from ${older} to ${newer}.`);
  const path: Leaves[] = [];
  let [from, to, known] = [0, newer, true];
  while (older !== to) {
    const middle = from + largestPowerBelow(to - from);
    if (older <= middle) {
      path.unshift({ from: middle, to });
      to = middle;
    } else {
      path.unshift({ from, to: middle });
      from = middle;
      known = false;
    }
  }
  if (!known) path.unshift({ from, to });
  return plan(path);
}

function plan(path: readonly Leaves[]): ProofPlan {
  return {
    nodes: path.flatMap(completeSubtrees),
    fill: (nodes) => {
      const hashes = new Map(nodes.map(({ level, index, hash }) => [`${level}/${index}`, hash]));
      return path.map((leaves) => {
        const parts = completeSubtrees(leaves).map(({ level, index }) => {
          const hash = hashes.get(`${level}/${index}`);
          if (hash === undefined) throw new Error(`The tree lacks its node ${index} at level ${level}.`);
          return hash;
        });
        return parts.reduceRight((right, left) => nodeHash(left, right));
      });
    },
  };
}

/** A subtree at the right edge is usually not complete; it consists of complete ones, each smaller than the one before. */
function completeSubtrees({ from, to }: Leaves): { level: number; index: number }[] {
  const parts: { level: number; index: number }[] = [];
  for (let start = from; start < to;) {
    const level = Math.floor(Math.log2(to - start));
    parts.push({ level, index: start / 2 ** level });
    start += 2 ** level;
  }
  return parts;
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
