import { invariant } from '@kept/subgraph-kit';

/**
 * Splits an amount in proportion to weights, by largest remainder: the parts sum to the amount exactly, and none is a
 * whole unit away from its share. Of equal remainders the earlier part gets the unit, so the same split comes out the
 * same everywhere.
 */
export function split(amountMinor: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  invariant(amountMinor >= 0n && sum > 0n, 'an amount is split among weights of which one is not zero');
  invariant(
    weights.every((weight) => weight >= 0n),
    'a weight is never negative',
  );
  const shares = weights.map((weight, index) => {
    const exact = amountMinor * weight;
    return { index, whole: exact / sum, remainder: exact % sum };
  });
  const left = amountMinor - shares.reduce((total, { whole }) => total + whole, 0n);
  const first = shares
    .toSorted((one, other) => compare(other.remainder, one.remainder) || one.index - other.index)
    .slice(0, Number(left));
  const luckier = new Set(first.map(({ index }) => index));
  return shares.map(({ index, whole }) => (luckier.has(index) ? whole + 1n : whole));
}

const compare = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0);
