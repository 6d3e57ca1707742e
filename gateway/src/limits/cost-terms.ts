/**
 * What an operation costs, as a sum of products: `3 + 20·first + 2·first·last`. Numbers stand for places whose values are
 * known only with the variables. Everything else is added up once, when the operation is prepared.
 */
export type Terms = ReadonlyMap<string, Term>;

interface Term {
  readonly coefficient: number;
  readonly places: readonly number[];
}

export const NO_COST: Terms = new Map();

// Above every limit by far, and still exact after a sum: nothing overflows into a cost that would pass.
const COST_MAX = 1e12;
const capped = (cost: number) => Math.min(cost, COST_MAX);

/** A number, or the value of a place, or both multiplied. */
export function term(coefficient: number, places: readonly number[] = []): Terms {
  return coefficient === 0 ? NO_COST : new Map([[places.join(), { coefficient, places }]]);
}

function combine(one: Terms, other: Terms, join: (a: number, b: number) => number): Terms {
  const combined = new Map(one);
  for (const [key, { coefficient, places }] of other) {
    combined.set(key, { coefficient: capped(join(one.get(key)?.coefficient ?? 0, coefficient)), places });
  }
  return combined;
}

/** Both are done. */
export const plus = (one: Terms, other: Terms): Terms => combine(one, other, (a, b) => a + b);

/** One of both is done, nobody knows which: never less than either, whatever the places turn out to be. */
export const eitherOf = (one: Terms, other: Terms): Terms => combine(one, other, Math.max);

/** As often as a number, or as the value of a place, says. */
export function times(terms: Terms, count: number | { readonly place: number }): Terms {
  const product = new Map<string, Term>();
  for (const { coefficient, places } of terms.values()) {
    const more = typeof count === 'number' ? places : [...places, count.place].toSorted((a, b) => a - b);
    const factor = typeof count === 'number' ? count : 1;
    if (factor > 0) product.set(more.join(), { coefficient: capped(coefficient * factor), places: more });
  }
  return product;
}

/** Turns a sum into a function of its places' values. It costs a few multiplications. */
export function evaluator(terms: Terms): (values: readonly number[]) => number {
  const all = [...terms.values()];
  return (values) => {
    let sum = 0;
    for (const { coefficient, places } of all) {
      let product = coefficient;
      for (const place of places) product *= values[place] ?? 0;
      sum += product;
    }
    return capped(sum);
  };
}
