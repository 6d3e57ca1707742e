import { EMPTY_ROOT, nodeHash } from './merkle-hash.ts';

/** A complete subtree: at `level` 0 a leaf, at level n the hash over 2^n leaves; `index` counts within the level. */
export interface TreeNode {
  level: number;
  index: number;
  hash: Buffer;
}

/** The right edge of a tree: all that appending needs, one hash per complete subtree that is not yet part of a larger one. */
export class TreeFrontier {
  #size: number;
  readonly #peaks: (Buffer | undefined)[] = [];

  /** Continues a tree of `size` leaves from its peaks. */
  constructor(size = 0, peaks: readonly TreeNode[] = []) {
    this.#size = size;
    for (const { level, index } of peaksOf(size)) {
      const peak = peaks.find((node) => node.level === level && node.index === index);
      if (peak === undefined)
        throw new Error(`The tree of ${size} entries lacks its peak at level ${level}.`);
      this.#peaks[level] = peak.hash;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a leaf; answers every subtree that became complete, the leaf itself first. */
  append(leaf: Buffer): TreeNode[] {
    const completed: TreeNode[] = [{ level: 0, index: this.#size, hash: leaf }];
    let hash = leaf;
    let level = 0;
    for (;;) {
      const left = this.#peaks[level];
      if (left === undefined) break;
      hash = nodeHash(left, hash);
      this.#peaks[level] = undefined;
      level += 1;
      completed.push({ level, index: Math.floor(this.#size / 2 ** level), hash });
    }
    this.#peaks[level] = hash;
    this.#size += 1;
    return completed;
  }

  root(): Buffer {
    let root: Buffer | undefined;
    for (const peak of this.#peaks)
      if (peak !== undefined) root = root === undefined ? peak : nodeHash(peak, root);
    return root ?? EMPTY_ROOT;
  }
}

/** Which complete subtrees a tree of `size` leaves consists of. Division, not shifts: shifts end at 2^31. */
export function peaksOf(size: number): { level: number; index: number }[] {
  const peaks: { level: number; index: number }[] = [];
  for (let level = 0, rest = size; rest > 0; level += 1, rest = Math.floor(rest / 2))
    if (rest % 2 === 1) peaks.push({ level, index: rest - 1 });
  return peaks;
}
