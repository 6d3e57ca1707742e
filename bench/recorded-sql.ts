// Takes the statements of requests from PostgreSQL's own log, to run them again without anything around them.
import pg from 'pg';

export interface Statement {
  sql: string;
  parameters: (string | null)[];
}
export type Transaction = Statement[];

/** Every log line begins with this and the number of its session. */
export const logLinePrefix = '@%p ';

const entry = /^@(\d+) (\w+): {2}(.*)$/s;

function parametersOf(detail: string): (string | null)[] {
  const values: (string | null)[] = [];
  for (const [, value] of detail.matchAll(/\$\d+ = (NULL|'(?:[^']|'')*')/gs)) {
    values.push(value === undefined || value === 'NULL' ? null : value.slice(1, -1).replaceAll("''", "'"));
  }
  return values;
}

/** The transactions in the order they committed; `log` is what the server wrote with `log_statement = all`. */
export function readTransactions(log: string): Transaction[] {
  const entries = log.split(/\n(?=@\d+ )/).flatMap((text) => {
    const [, session = '', level = '', message = ''] = entry.exec(text.trimEnd()) ?? [];
    // PostgreSQL indents the further lines of an entry with a tab.
    return session ? [{ session, level, message: message.replaceAll('\n\t', '\n') }] : [];
  });
  const open = new Map<string, Transaction>();
  const done: Transaction[] = [];
  for (const { session, level, message } of entries) {
    const current = open.get(session);
    const [, sql] = /^(?:statement|execute [^:]+): (.*)$/s.exec(message) ?? [];
    const last = current?.at(-1);
    if (level === 'DETAIL' && last && /^parameters: /i.test(message)) last.parameters = parametersOf(message);
    if (level !== 'LOG' || sql === undefined) continue;
    if (/^(BEGIN|START TRANSACTION)/i.test(sql)) open.set(session, []);
    else if (/^COMMIT/i.test(sql)) {
      if (current) done.push(current);
      open.delete(session);
    } else if (/^ROLLBACK$/i.test(sql)) open.delete(session);
    else current?.push({ sql, parameters: [] });
  }
  return done;
}

/** Runs transactions one after the other on one connection; gives back the milliseconds of each. */
export async function replay(url: string, transactions: Transaction[]): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const times: number[] = [];
  try {
    for (const transaction of transactions) {
      const startedAt = performance.now();
      await client.query('BEGIN');
      for (const { sql, parameters } of transaction) await client.query(sql, parameters);
      await client.query('COMMIT');
      times.push(performance.now() - startedAt);
    }
  } finally {
    await client.end();
  }
  return times;
}
