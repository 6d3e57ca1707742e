import { stringify } from 'csv-stringify/sync';
import { amountInDigits } from '../money/amount-in-digits.ts';

export interface CsvEntry {
  transactionId: string;
  /** In UTC. */
  writtenAt: Date;
  /** The day on which it was written where the organization is, such as 2027-03-01. */
  localDate: string;
  kind: string;
  paymentId: string | null;
  account: string;
  currency: string;
  exponent: number;
  /** Positive is a debit. */
  amountMinor: bigint;
}

const HEADER = [
  'transaction',
  'written_at',
  'date',
  'kind',
  'payment',
  'account',
  'currency',
  'debit',
  'credit',
];

/**
 * Entries as CSV (RFC 4180). Debits and credits have a column each, so that no amount begins with a minus: whatever
 * begins with = + - @, a tab or a line's end, also in its full-width form, is a formula to a spreadsheet and gets an
 * apostrophe (ASVS 1.2.10, CWE-1236).
 */
export function ledgerCsv(entries: readonly CsvEntry[], { header }: { header: boolean }): string {
  const rows = entries.map(({ amountMinor, exponent, ...entry }) => [
    entry.transactionId,
    entry.writtenAt.toISOString(),
    entry.localDate,
    entry.kind,
    entry.paymentId ?? '',
    entry.account,
    entry.currency,
    amountMinor > 0n ? amountInDigits(amountMinor, exponent) : '',
    amountMinor < 0n ? amountInDigits(-amountMinor, exponent) : '',
  ]);
  return stringify(header ? [HEADER, ...rows] : rows, {
    escape_formulas: true,
    record_delimiter: 'windows',
  });
}
