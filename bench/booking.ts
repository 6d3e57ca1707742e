// What does the graph cost, and does it cost more when much is stored? Two parts, one run.
//
// 1. Hold and confirm through gateway and scheduling, one client, one request after the other, against the very SQL of those
//    requests alone: it is recorded from PostgreSQL's log, then run again on a copy of the database as it was before. A B A B,
//    medians. The ratio is graph / SQL; at most ten times, which is a tenth of what the SQL alone could book.
// 2. The same through two whole stacks side by side, one that stores 10,000 bookings and one that stores 1,000,000, A B A B,
//    medians: `growth` is the second over the first and must stay within 20 % (\`--small\` stores 1,000 and 20,000).
import pg from 'pg';
import type { Stack } from '@kept/local-stack';
import { confirmHold, freeSlots, holdSlot, signIn, type Ask, type Slot } from './graph.ts';
import { logLinePrefix, readTransactions, replay, type Transaction } from './recorded-sql.ts';
import { storeBookings } from './booking/fill.ts';
import { withTemporaryStack } from './temporary-stack.ts';

const bookings = 25;
const warmUps = 10;
const target = 10;
const GROWTH_MAX = 1.2;
const growthRounds = 6;

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function asAdmin<T>(stack: Stack, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: stack.adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * The front desk books for one client: hundreds of bookings by a client in minutes would, rightly, wait for a manager's look.
 */
async function atTheFrontDesk(
  stack: Stack,
  who: 'front-desk' | 'manager' = 'front-desk',
): Promise<{ ask: Ask; clientId: string }> {
  const client = await signIn(stack, 'client');
  const { viewer } = await client<{ viewer: { id: string } }>('{ viewer { id } }');
  return { ask: await signIn(stack, who), clientId: viewer.id };
}

async function bookAll(ask: Ask, slots: Slot[]): Promise<number[]> {
  const times: number[] = [];
  for (const slot of slots) {
    const startedAt = performance.now();
    const hold = await holdSlot(ask, slot);
    await confirmHold(ask, hold.id);
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** Copies scheduling's database, then books while PostgreSQL writes down every statement. Gives back the copy's address. */
async function record(stack: Stack, book: () => Promise<unknown>, readLog: () => string) {
  const scheduling = stack.process('scheduling');
  await scheduling.stop();
  await asAdmin(stack, async (admin) => {
    await admin.query('CREATE DATABASE bench_copy TEMPLATE kept_scheduling OWNER kept_scheduling_owner');
    await admin.query('GRANT CONNECT ON DATABASE bench_copy TO kept_scheduling');
    await admin.query(`ALTER SYSTEM SET log_line_prefix = '${logLinePrefix}'`);
    await admin.query(`ALTER ROLE kept_scheduling SET log_statement = 'all'`);
    await admin.query('SELECT pg_reload_conf()');
  });
  await scheduling.start();
  const before = readLog().length;
  await book();
  await scheduling.stop();
  const log = readLog().slice(before);
  await asAdmin(stack, async (admin) => {
    await admin.query('ALTER ROLE kept_scheduling RESET log_statement');
    await admin.query('ALTER SYSTEM RESET log_line_prefix');
    await admin.query('SELECT pg_reload_conf()');
  });
  await scheduling.start();
  // What workers do beside the requests has no idempotency key.
  const transactions = readTransactions(log).filter((all) =>
    all.some(({ sql }) => sql.includes('idempotency_key')),
  );
  const copy = new URL(stack.databases.scheduling.appUrl);
  copy.pathname = '/bench_copy';
  return { copy: copy.href, transactions };
}

async function confirmedIn(stack: Stack, database: string): Promise<number> {
  const url = new URL(stack.adminUrl);
  url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM booking WHERE status::text ILIKE 'confirmed'`,
  );
  await client.end();
  return Number(rows[0]?.count);
}

async function measure(stack: Stack, readLog: () => string) {
  const { ask, clientId } = await atTheFrontDesk(stack);
  const free = await freeSlots(ask, { deposit: false, slotsMax: warmUps + 4 * bookings });
  const slots = free.map((slot) => ({ ...slot, clientId }));
  if (slots.length < warmUps + 4 * bookings) throw new Error(`The demo offers only ${slots.length} times.`);
  const take = (count: number): Slot[] => slots.splice(0, count);
  await bookAll(ask, take(warmUps));
  const { copy, transactions } = await record(stack, () => bookAll(ask, take(2 * bookings)), readLog);
  // One client, one request after the other: hold, confirm, hold, confirm.
  if (transactions.length !== 4 * bookings)
    throw new Error(`${transactions.length} transactions were recorded, not ${4 * bookings}.`);
  const recorded = await confirmedIn(stack, 'kept_scheduling');

  const graph: number[] = [];
  const sql: number[] = [];
  const rounds: Transaction[][] = [transactions.slice(0, 2 * bookings), transactions.slice(2 * bookings)];
  for (const round of rounds) {
    graph.push(median(await bookAll(ask, take(bookings))));
    const times = await replay(copy, round);
    sql.push(
      median(times.flatMap((held, index) => (index % 2 === 0 ? [held + (times[index + 1] ?? 0)] : []))),
    );
  }
  const replayed = await confirmedIn(stack, 'bench_copy');
  if (replayed !== recorded)
    throw new Error(`The replay confirmed ${replayed} bookings, the graph ${recorded}: not the same work.`);
  return { graph: median(graph), sql: median(sql), statements: transactions.flat().length / (2 * bookings) };
}

/** Hold and confirm with few and with many bookings stored, in turns; the medians in milliseconds. */
async function measureGrowth(stored: { few: number; many: number }): Promise<{ few: number; many: number }> {
  const options = { sweepSeconds: 3_600 };
  const prepared = async (stack: Stack, count: number) => {
    const first = await atTheFrontDesk(stack);
    const free = await freeSlots(first.ask, {
      deposit: false,
      slotsMax: warmUps + growthRounds * bookings,
    });
    const slots = free.map((slot) => ({ ...slot, clientId: first.clientId }));
    if (slots.length < warmUps + 2 * growthRounds) throw new Error('The demo offers too few times.');
    await bookAll(first.ask, slots.splice(0, warmUps));
    process.stderr.write(`storing ${count.toLocaleString('en')} bookings…\n`);
    await storeBookings(stack, count);
    // Storing a million takes longer than a token lives; and a code of the second factor is good for once.
    const { ask } = await atTheFrontDesk(stack, 'manager');
    const each = Math.floor(slots.length / growthRounds);
    return async () => median(await bookAll(ask, slots.splice(0, each)));
  };
  return withTemporaryStack(options, (small) =>
    withTemporaryStack(options, async (large) => {
      const few = await prepared(small, stored.few);
      const many = await prepared(large, stored.many);
      const times = { few: [] as number[], many: [] as number[] };
      for (let round = 0; round < growthRounds; round += 1) {
        times.few.push(await few());
        times.many.push(await many());
      }
      return { few: median(times.few), many: median(times.many) };
    }),
  );
}

export async function run(words: readonly string[]) {
  let log = '';
  const options = { sweepSeconds: 3_600, log: (line: string) => void (log += `${line}\n`) };
  const { graph, sql, statements } = await withTemporaryStack(options, (stack) => measure(stack, () => log));
  const ratio = Number((graph / sql).toFixed(2));
  process.stdout.write(
    `hold + confirm: ${graph.toFixed(1)} ms through the graph, ${sql.toFixed(1)} ms for its ${statements.toFixed(0)} SQL statements alone: ${ratio} times\n`,
  );
  const stored = words.includes('--small') ? { few: 1_000, many: 20_000 } : { few: 10_000, many: 1_000_000 };
  const { few, many } = await measureGrowth(stored);
  const growth = Number((many / few).toFixed(3));
  process.stdout.write(
    `hold + confirm: ${few.toFixed(1)} ms with ${stored.few} bookings stored, ${many.toFixed(1)} ms with ${stored.many}: ${growth} times\n`,
  );
  const figures = {
    graphMs: Number(graph.toFixed(2)),
    sqlMs: Number(sql.toFixed(2)),
    statements: Math.round(statements),
    fewStoredMs: Number(few.toFixed(2)),
    manyStoredMs: Number(many.toFixed(2)),
    growth,
  };
  return { bench: 'booking', figures, ratio, target, met: ratio <= target && growth <= GROWTH_MAX };
}
