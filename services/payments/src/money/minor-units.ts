import type { ValueTransformer } from 'typeorm';
import { invariant } from '@kept/subgraph-kit';

/** PostgreSQL's bigint arrives as text; money is a bigint here and never a float. */
export const minorUnits: ValueTransformer = {
  to: (value: bigint | undefined) => value?.toString(),
  from: (value: string) => BigInt(value),
};

/** The same where there may be no amount. */
export const minorUnitsOrNull: ValueTransformer = {
  to: (value: bigint | null | undefined) => value?.toString() ?? value,
  from: (value: string | null) => (value === null ? null : BigInt(value)),
};

/** As GraphQL, JSON and the processor carry amounts. Beyond 2^53 the sum would be wrong, so it is refused. */
export function toNumber(amountMinor: bigint): number {
  const number = Number(amountMinor);
  invariant(Number.isSafeInteger(number), 'amounts are checked to be safe integers where they enter');
  return number;
}

export interface MoneyValue {
  amountMinor: number;
  currency: string;
}

export const money = (amountMinor: bigint, currency: string): MoneyValue => ({
  amountMinor: toNumber(amountMinor),
  currency,
});

/**
 * A percentage of an amount in whole steps (ten for currencies with three decimals, which must end in 0 on the wire);
 * the half step goes to the client.
 */
export function percentOf(amountMinor: bigint, percent: number, step: bigint): bigint {
  invariant(percent >= 0 && percent <= 100, 'a refund percent lies between 0 and 100');
  const steps = (amountMinor / step) * BigInt(percent);
  return ((steps + 50n) / 100n) * step;
}
