import { amountInWords } from '../notices/notify-client.ts';
import { chargeDetails } from './stripe-facts.ts';
import { exponentOf, toWire } from './wire-amount.ts';

// [payments T26] Literal on purpose: a round trip through one's own table stays green while charging a hundred times too
// much (InvoicePlane#1677). Left: what a quote says, in ISO 4217 minor units. Right: the integer on the wire.
const WIRE: [string, bigint, number][] = [
  ['EUR', 4500n, 4500],
  ['GBP', 1n, 1],
  ['USD', 99_999_999n, 99_999_999],
  ['JPY', 500n, 500],
  ['KRW', 45_000n, 45_000],
  ['XOF', 100n, 100],
  ['KWD', 12_340n, 12_340],
  ['BHD', 10n, 10],
  ['TND', 1_000n, 1_000],
];

const REFUSED: [string, bigint, string][] = [
  // The sources contradict each other, so nobody guesses.
  ['ISK', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['UGX', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['MGA', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['HUF', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['TWD', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['COP', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['IDR', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['CLF', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['LYD', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['XXX', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['eur', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['toString', 500n, 'CURRENCY_NOT_SUPPORTED'],
  ['KWD', 12_345n, 'AMOUNT_NOT_POSSIBLE'],
  ['EUR', 0n, 'AMOUNT_NOT_POSSIBLE'],
  ['EUR', -1n, 'AMOUNT_NOT_POSSIBLE'],
  ['EUR', 100_000_000n, 'AMOUNT_NOT_POSSIBLE'],
];

describe('[payments T26] amounts on the wire', () => {
  it.each(WIRE)('%s %s is exactly %i', (currency, amountMinor, amount) => {
    const wire = toWire({ amountMinor, currency });
    expect(wire).toEqual({ possible: true, amount, currency: currency.toLowerCase() });
  });

  it.each(REFUSED)('%s %s is refused: %s', (currency, amountMinor, why) => {
    expect(toWire({ amountMinor, currency })).toEqual({ possible: false, why });
  });

  it('are written for people with the decimals of their currency', () => {
    const inWords = (amountMinor: bigint, currency: string) =>
      amountInWords(amountMinor, { currency, exponent: exponentOf(currency) ?? -1 });
    expect(inWords(5n, 'EUR')).toBe('0.05 EUR');
    expect(inWords(500n, 'JPY')).toBe('500 JPY');
    expect(inWords(12_340n, 'KWD')).toBe('12.340 KWD');
  });
});

it('[payments T26] a fee is of the account that it is kept from, and not believed in a currency nobody is sure of', () => {
  const keeps = (currency: string) =>
    chargeDetails({ balance_transaction: { fee: 75, currency } } as Parameters<typeof chargeDetails>[0]);
  expect(keeps('usd')).toMatchObject({ feeMinor: 75n, feeCurrency: 'USD' });
  expect(keeps('isk')).toMatchObject({ feeMinor: null, feeCurrency: 'ISK' });
  expect(chargeDetails(null)).toMatchObject({ feeMinor: null, feeCurrency: null });
});
