import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { leafHash } from './merkle-hash.ts';
import { TreeFrontier } from './tree-frontier.ts';
import type { TreeNode } from './tree-frontier.ts';
import { planConsistency, planInclusion } from './tree-proof.ts';
import { verifyConsistency, verifyInclusion } from './verify-proof.ts';

// The definitions of RFC 6962 §2.1, written down as they stand there: slow, recursive and independent of our code.
const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const split = (n: number): number => (n <= 2 ? 1 : 2 * split(Math.ceil(n / 2)));
const mth = (d: Buffer[]): Buffer => {
  if (d.length === 0) return sha256();
  if (d.length === 1) return sha256(Buffer.of(0), d[0] ?? Buffer.alloc(0));
  const k = split(d.length);
  return sha256(Buffer.of(1), mth(d.slice(0, k)), mth(d.slice(k)));
};
const path = (m: number, d: Buffer[]): Buffer[] => {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k
    ? [...path(m, d.slice(0, k)), mth(d.slice(k))]
    : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
};
const subproof = (m: number, d: Buffer[], b: boolean): Buffer[] => {
  if (m === d.length) return b ? [] : [mth(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
};

const entries = Array.from({ length: 37 }, (_, n) => Buffer.from(`entry ${n}`));
const treeOf = (size: number): { nodes: TreeNode[]; frontier: TreeFrontier } => {
  const frontier = new TreeFrontier();
  const nodes = entries.slice(0, size).flatMap((entry) => frontier.append(leafHash(entry)));
  return { nodes, frontier };
};

it('[LOG-07] has the roots and proofs that RFC 6962 defines, for every size and entry', () => {
  const { nodes } = treeOf(entries.length);
  for (let size = 0; size <= entries.length; size += 1) {
    const data = entries.slice(0, size);
    expect(treeOf(size).frontier.root()).toEqual(mth(data));
    for (let index = 0; index < size; index += 1)
      expect(planInclusion(index, size).fill(nodes)).toEqual(path(index, data));
    for (let older = 1; older <= size; older += 1)
      expect(planConsistency(older, size).fill(nodes)).toEqual(subproof(older, data, true));
  }
});

it('goes on from the peaks of a tree as if it had never stopped', () => {
  for (let size = 0; size < entries.length; size += 1) {
    const continued = new TreeFrontier(size, treeOf(size).nodes);
    for (const entry of entries.slice(size)) continued.append(leafHash(entry));
    expect(continued.root()).toEqual(mth(entries));
  }
});

it('accepts true proofs and refuses every proof with one bit, one step or one number changed', () => {
  const { nodes } = treeOf(entries.length);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: entries.length }).chain((size) =>
        fc.record({
          size: fc.constant(size),
          index: fc.nat(size - 1),
          older: fc.integer({ min: 1, max: size }),
        }),
      ),
      fc.nat(),
      ({ size, index, older }, random) => {
        const root = mth(entries.slice(0, size));
        const inclusion = {
          index: BigInt(index),
          size: BigInt(size),
          leaf: leafHash(entries[index] ?? Buffer.alloc(0)),
          root,
          proof: planInclusion(index, size).fill(nodes),
        };
        expect(verifyInclusion(inclusion)).toBe(true);
        expect(verifyInclusion({ ...inclusion, proof: [...inclusion.proof, root] })).toBe(false);
        expect(verifyInclusion({ ...inclusion, leaf: flip(inclusion.leaf, random) })).toBe(false);
        expect(verifyInclusion({ ...inclusion, root: flip(root, random) })).toBe(false);
        for (const [step, hash] of inclusion.proof.entries()) {
          const changed = inclusion.proof.with(step, flip(hash, random));
          expect(verifyInclusion({ ...inclusion, proof: changed })).toBe(false);
          expect(verifyInclusion({ ...inclusion, proof: inclusion.proof.toSpliced(step, 1) })).toBe(false);
        }
        const consistency = {
          older: { size: BigInt(older), root: mth(entries.slice(0, older)) },
          newer: { size: BigInt(size), root },
          proof: planConsistency(older, size).fill(nodes),
        };
        expect(verifyConsistency(consistency)).toBe(true);
        expect(verifyConsistency({ ...consistency, proof: [...consistency.proof, root] })).toBe(false);
        for (const [step, hash] of consistency.proof.entries()) {
          const changed = consistency.proof.with(step, flip(hash, random));
          expect(verifyConsistency({ ...consistency, proof: changed })).toBe(false);
        }
        expect(
          verifyConsistency({ ...consistency, older: { ...consistency.older, root: flip(root, random) } }),
        ).toBe(false);
      },
    ),
    { numRuns: 60 },
  );
});

function flip(hash: Buffer, bit: number): Buffer {
  const changed = Buffer.from(hash);
  const at = bit % 256;
  changed.writeUInt8(changed.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
  return changed;
}
