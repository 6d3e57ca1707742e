import { toNumber } from '../money/minor-units.ts';

/**
 * How many decimals an amount has, in ISO 4217 and on this processor's wire alike. Only currencies about which all
 * sources agree: ISK and UGX (the wire multiplies by 100, ISO does not), MGA, and the four-decimal
 * units CLF and UYW are missing on purpose and refused.
 */
const EXPONENTS: Readonly<Record<string, 0 | 2 | 3>> = {
  ...decimals(0, 'BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF'),
  ...decimals(
    2,
    'AED AMD ARS AUD AZN BAM BDT BGN BRL BWP CAD CHF CNY CRC CZK DKK DOP DZD EGP ETB EUR GBP GEL GHS GTQ HKD HNL ILS ' +
      'INR JMD KES KZT LKR MAD MDL MKD MUR MXN MYR NAD NGN NOK NPR NZD PEN PHP PLN QAR RON RSD SAR SEK SGD THB TRY TTD ' +
      'TZS UAH USD UYU UZS ZAR',
  ),
  ...decimals(3, 'BHD JOD KWD OMR TND'),
};

function decimals<Count extends 0 | 2 | 3>(count: Count, codes: string): Record<string, Count> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, count]));
}

export function exponentOf(currency: string): number | undefined {
  return Object.hasOwn(EXPONENTS, currency) ? EXPONENTS[currency] : undefined;
}

/** Amounts of three-decimal currencies must end in 0 on the wire. */
export const stepOf = (currency: string): bigint => (exponentOf(currency) === 3 ? 10n : 1n);

export type WireAmount =
  | { possible: true; amount: number; currency: string }
  | { possible: false; why: 'CURRENCY_NOT_SUPPORTED' | 'AMOUNT_NOT_POSSIBLE' };

/** The exact integer that goes over the wire, or a refusal. Nothing is ever rounded. */
export function toWire({ amountMinor, currency }: { amountMinor: bigint; currency: string }): WireAmount {
  if (exponentOf(currency) === undefined) return { possible: false, why: 'CURRENCY_NOT_SUPPORTED' };
  // Stripe's own limit: eight digits.
  const outOfRange = amountMinor <= 0n || amountMinor > 99_999_999n;
  if (outOfRange || amountMinor % stepOf(currency) !== 0n)
    return { possible: false, why: 'AMOUNT_NOT_POSSIBLE' };
  return { possible: true, amount: toNumber(amountMinor), currency: currency.toLowerCase() };
}
