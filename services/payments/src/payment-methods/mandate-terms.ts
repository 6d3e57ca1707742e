import { createHash } from 'node:crypto';
import { amountInWords } from '../notices/notify-client.ts';
import type { Quote } from '../payments/read-quote.ts';
import { exponentOf } from '../processor/wire-amount.ts';
import type { MandateUse } from './mandate.ts';
import { mandateText, TEXT_VERSION, type MandateLanguage } from './mandate-texts.ts';

/** What a client is asked to agree to: made from the quote alone, so the same quote always gives the same words. */
export interface MandateTerms {
  version: string;
  language: MandateLanguage;
  text: string;
  /** Of the text in UTF-8. */
  sha256: Buffer;
  uses: { use: MandateUse; maxAmountMinor: bigint }[];
  currency: string;
}

/** Null when the quote asks for nothing that could be charged while its payer is away. */
export function mandateTermsOf(
  quote: Quote,
  { language, balance }: { language: MandateLanguage; balance: boolean },
): MandateTerms | null {
  const { currency } = quote;
  const exponent = exponentOf(currency);
  const uses = usesOf(quote, balance);
  if (uses.length === 0 || exponent === undefined) return null;
  const lines = uses.map(({ use, maxAmountMinor }) => ({
    use,
    amount: amountInWords(maxAmountMinor, { exponent, currency }),
  }));
  const text = mandateText(language, lines);
  const sha256 = createHash('sha256').update(text, 'utf8').digest();
  return { version: TEXT_VERSION, language, text, sha256, uses, currency };
}

function usesOf(quote: Quote, balance: boolean): MandateTerms['uses'] {
  const { noShowFeeMinor, lateCancellationFeeMinor, priceMinor, amountMinor, collect } = quote;
  const reserved = collect === 'CARD' ? 0 : amountMinor;
  const most: [MandateUse, number | undefined][] = [
    ['NO_SHOW_FEE', noShowFeeMinor],
    ['LATE_CANCEL_FEE', lateCancellationFeeMinor],
    ['HOLD', reserved],
    ['BALANCE', balance && priceMinor !== undefined ? priceMinor - reserved : 0],
  ];
  return most.flatMap(([use, minor]) =>
    minor === undefined || minor <= 0 ? [] : [{ use, maxAmountMinor: BigInt(minor) }],
  );
}
