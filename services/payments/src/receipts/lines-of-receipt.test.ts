import fc from 'fast-check';
import { linesOfReceipt } from './lines-of-receipt.ts';

const amount = fc.bigInt({ min: 1n, max: 99_999_999n });
const part = fc.bigInt({ min: 0n, max: 99_999_999n });

describe('the lines of a receipt', () => {
  it('sum to what was taken, whatever of it is tax, tip and discount', () => {
    fc.assert(
      fc.property(
        fc.tuple(amount, part, part),
        fc.integer({ min: 0, max: 10_000 }),
        ([capturedMinor, tipMinor, discountMinor], taxBasisPoints) => {
          const lines = linesOfReceipt({ capturedMinor, tipMinor, discountMinor, taxBasisPoints });
          const sum = lines.reduce((total, { amountMinor }) => total + amountMinor, 0n);
          const signs = lines.every(({ kind, amountMinor }) =>
            kind === 'DISCOUNT' ? amountMinor < 0n : amountMinor > 0n,
          );
          return (
            sum === capturedMinor && signs && new Set(lines.map(({ kind }) => kind)).size === lines.length
          );
        },
      ),
    );
  });

  it('say what was earned before a discount, the tax in what was paid for, and the tip apart', () => {
    const lines = linesOfReceipt({
      capturedMinor: 12_400n,
      tipMinor: 500n,
      discountMinor: 2_000n,
      taxBasisPoints: 1900,
    });
    expect(lines).toEqual([
      { kind: 'ITEM', amountMinor: 12_000n, taxBasisPoints: null },
      { kind: 'DISCOUNT', amountMinor: -2_000n, taxBasisPoints: null },
      { kind: 'TAX', amountMinor: 1_900n, taxBasisPoints: 1900 },
      { kind: 'TIP', amountMinor: 500n, taxBasisPoints: null },
    ]);
  });
});
