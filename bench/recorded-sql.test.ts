import { readTransactions } from './recorded-sql.ts';

it('reads whole transactions from interleaved sessions, with parameters, quotes and further lines', () => {
  const log = [
    '@11 LOG:  statement: START TRANSACTION',
    '@12 LOG:  statement: BEGIN',
    '@11 LOG:  execute <unnamed>: INSERT INTO a',
    '\tVALUES ($1, $2)',
    "@11 DETAIL:  Parameters: $1 = 'it''s', $2 = NULL",
    '@12 LOG:  execute <unnamed>: SELECT 1',
    '@12 LOG:  statement: ROLLBACK',
    '@11 LOG:  statement: COMMIT',
  ].join('\n');
  expect(readTransactions(log)).toEqual([
    [{ sql: 'INSERT INTO a\nVALUES ($1, $2)', parameters: ["it's", null] }],
  ]);
});
