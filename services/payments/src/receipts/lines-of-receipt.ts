import { taxIn } from '../money/tax.ts';

export interface ReceiptLine {
  kind: 'ITEM' | 'DISCOUNT' | 'TAX' | 'TIP';
  /** Negative for a discount alone. */
  amountMinor: bigint;
  taxBasisPoints: number | null;
}

/**
 * What an amount that was taken consists of; the lines sum to it exactly. A tip is nobody's price: it carries no tax and
 * no discount. What was taken in part is tip only as far as it reaches.
 */
export function linesOfReceipt(taken: {
  capturedMinor: bigint;
  tipMinor: bigint;
  discountMinor: bigint;
  taxBasisPoints: number;
}): ReceiptLine[] {
  const { capturedMinor, discountMinor, taxBasisPoints } = taken;
  const tipMinor = taken.tipMinor < capturedMinor ? taken.tipMinor : capturedMinor;
  const paidForMinor = capturedMinor - tipMinor;
  const taxMinor = taxIn(paidForMinor, taxBasisPoints);
  const lines: ReceiptLine[] = [
    { kind: 'ITEM', amountMinor: paidForMinor - taxMinor + discountMinor, taxBasisPoints: null },
    { kind: 'DISCOUNT', amountMinor: -discountMinor, taxBasisPoints: null },
    { kind: 'TAX', amountMinor: taxMinor, taxBasisPoints },
    { kind: 'TIP', amountMinor: tipMinor, taxBasisPoints: null },
  ];
  return lines.filter(({ amountMinor }) => amountMinor !== 0n);
}
