import fc from 'fast-check';
import { split } from './split.ts';
import { grossOf, taxIn, taxOfRefund } from './tax.ts';

const amount = fc.bigInt({ min: 0n, max: 99_999_999n });
const weights = fc
  .array(fc.bigInt({ min: 0n, max: 1_000_000n }), { minLength: 1, maxLength: 12 })
  .filter((given) => given.some((weight) => weight > 0n));
const basisPoints = fc.integer({ min: 0, max: 10_000 });
const sumOf = (parts: readonly bigint[]): bigint => parts.reduce((sum, part) => sum + part, 0n);

describe('an amount that is split', () => {
  it('is all there: the parts sum to it, and none is a whole unit away from its share', () => {
    fc.assert(
      fc.property(amount, weights, (whole, given) => {
        const parts = split(whole, given);
        const sum = sumOf(given);
        const near = parts.every((part, index) => {
          const away = part * sum - whole * (given[index] ?? 0n);
          return away > -sum && away < sum;
        });
        return parts.length === given.length && sumOf(parts) === whole && near;
      }),
    );
  });

  it('gives nothing to whoever has no share, and never more to whoever has a smaller one', () => {
    fc.assert(
      fc.property(amount, weights, (whole, given) => {
        const parts = split(whole, given);
        return given.every((weight, one) =>
          given.every((other, two) => {
            if (weight === 0n) return parts[one] === 0n;
            return weight >= other || (parts[one] ?? 0n) <= (parts[two] ?? 0n);
          }),
        );
      }),
    );
  });

  it.each([
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    [10n, [5n, 3n, 2n], [5n, 3n, 2n]],
    [1n, [1n, 1n], [1n, 0n]],
    [0n, [7n, 9n], [0n, 0n]],
    [5n, [0n, 1n], [0n, 5n]],
  ])('of %s by %s is %s', (whole, given, expected) => {
    expect(split(whole, given)).toEqual(expected);
  });

  it('is refused where there is nothing to split by, or less than nothing to split', () => {
    for (const [whole, given] of [
      [1n, []],
      [1n, [0n]],
      [-1n, [1n]],
      [1n, [2n, -1n]],
    ] as [bigint, bigint[]][]) {
      expect(() => split(whole, given)).toThrow('Invariant broken');
    }
  });
});

describe('the tax in an amount', () => {
  it('is what was added to the price, to the unit', () => {
    fc.assert(
      fc.property(amount, basisPoints, (price, points) => {
        const gross = grossOf(price, { basisPoints: points, included: false });
        const added = gross - price;
        const found = taxIn(gross, points);
        return (
          found - added <= 1n &&
          added - found <= 1n &&
          grossOf(price, { basisPoints: points, included: true }) === price
        );
      }),
    );
  });

  it.each([
    [11_900n, 1900, 1900n],
    [4500n, 1900, 718n],
    [4500n, 0, 0n],
    [1n, 1900, 0n],
    [10_500n, 500, 500n],
  ])('of %s at %i basis points is %s', (gross, points, tax) => {
    expect(taxIn(gross, points)).toBe(tax);
  });

  it('comes back exactly, in however many refunds the payment is given back', () => {
    const parts = fc.array(fc.bigInt({ min: 1n, max: 5_000n }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(parts, basisPoints, (refunds, points) => {
        const captured = sumOf(refunds);
        const tax = taxIn(captured, points);
        let left = { refundableMinor: captured, taxLeftMinor: tax };
        for (const refund of refunds) {
          const part = taxOfRefund(refund, left);
          if (part < 0n || part > refund) return false;
          left = { refundableMinor: left.refundableMinor - refund, taxLeftMinor: left.taxLeftMinor - part };
        }
        return left.taxLeftMinor === 0n;
      }),
    );
  });
});
