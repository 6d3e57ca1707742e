import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';

const MONTH = /^(20\d\d)-(0[1-9]|1[0-2])$/;
const MONTHS_MAX = 24;

/** Some months where the organization is, as instants: the end is not part of them. */
export interface Period {
  timeZone: string;
  from: Date;
  to: Date;
}

function countOf(month: string, field: string): number {
  const [, year, number] = MONTH.exec(month) ?? [];
  if (year === undefined) throw refused.badInput('Please write a month as 2027-03.', { field });
  return Number(year) * 12 + Number(number) - 1;
}

/** PostgreSQL knows when a month begins in a zone, also where clocks change that night. */
export async function periodOf(
  tx: Transaction,
  { from, to }: { from: string; to: string },
  field = '',
): Promise<Period> {
  const count = countOf(to, `${field}to`) - countOf(from, `${field}from`) + 1;
  if (count < 1 || count > MONTHS_MAX) {
    throw refused.badInput(`Please ask for 1 to ${MONTHS_MAX} months.`, { field: `${field}to` });
  }
  const [period] = await tx.query<Period>(
    `SELECT zone AS "timeZone", ($1 || '-01')::timestamp AT TIME ZONE zone AS "from",
       (($2 || '-01')::timestamp + interval '1 month') AT TIME ZONE zone AS "to"
     FROM (SELECT coalesce((SELECT time_zone FROM organization_books), 'UTC') AS zone) AS books`,
    [from, to],
  );
  if (period === undefined) throw new Error('a query without a table answers one row');
  return period;
}
