// Whether two sets of times can be told apart. Used by tests only.

export interface Comparison {
  /** How often a time of the first set is the longer one of a pair; 0.5 tells nothing. */
  readonly auc: number;
  /** How likely it is to see this or more by chance, when both sets are alike. */
  readonly p: number;
  /** First minus second. */
  readonly medianDifferenceMs: number;
}

/** The rank-sum test of Mann and Whitney, by its normal approximation: from twenty of each on it is as good as exact. */
export function compareTimes(first: readonly number[], second: readonly number[]): Comparison {
  const wins = first.reduce(
    (sum, one) => sum + second.reduce((own, other) => own + (one > other ? 1 : one === other ? 0.5 : 0), 0),
    0,
  );
  const pairs = first.length * second.length;
  const deviation = Math.sqrt((pairs * (first.length + second.length + 1)) / 12);
  return {
    auc: wins / pairs,
    p: twoSided(Math.abs(wins - pairs / 2) / deviation),
    medianDifferenceMs: median(first) - median(second),
  };
}

/** What may not be: a difference beyond chance, and one that can be used. */
export const canBeToldApart = ({ auc, p, medianDifferenceMs }: Comparison): boolean =>
  p <= 0.01 && !(Math.abs(medianDifferenceMs) < 5 && Math.abs(auc - 0.5) < 0.05);

/** Both tails of the normal distribution (Abramowitz and Stegun 7.1.26, wrong by 1.5e-7 at most). */
function twoSided(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const factors = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  return factors.reduce((sum, factor) => (sum + factor) * t, 0) * Math.exp(-x * x);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low = 0, high = low] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return (low + high) / 2;
}
