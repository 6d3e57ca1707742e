import { split } from './split.ts';

const WHOLE = 10_000n;

/** The tax that an amount contains: 19 % (1900 basis points) of 119.00 is 19.00. */
export function taxIn(grossMinor: bigint, basisPoints: number): bigint {
  const [, tax = 0n] = split(grossMinor, [WHOLE, BigInt(basisPoints)]);
  return tax;
}

/** What has to be paid for a price: itself where prices include tax, else the price and its tax. */
export function grossOf(
  priceMinor: bigint,
  { basisPoints, included }: { basisPoints: number; included: boolean },
): bigint {
  if (included) return priceMinor;
  const [added = 0n] = split(priceMinor * BigInt(basisPoints), [1n, WHOLE - 1n]);
  return priceMinor + added;
}

/** The part of a refund that is tax: all refunds together give back exactly the tax that was taken. */
export function taxOfRefund(
  amountMinor: bigint,
  { refundableMinor, taxLeftMinor }: { refundableMinor: bigint; taxLeftMinor: bigint },
): bigint {
  const [tax = 0n] = split(taxLeftMinor, [amountMinor, refundableMinor - amountMinor]);
  return tax;
}
