// The flood of `bench/hostile.ts`, in a process of its own: making hostile requests takes longer than answering them, and would
// hold up the clock of whoever measures the normal ones.
import { hostileRequest } from '@kept/testing';
import { Pool } from 'undici';
import { DASHBOARD } from './operations.ts';

const CONNECTIONS = 8;
const ADDRESSES = 1_000;
const vocabulary = {
  operations: [
    '{ services { name durationMinutes } }',
    'query Page($v: Int) { bookings(first: $v) { nodes { id status client { displayName } } } }',
    DASHBOARD,
  ],
  names: [
    'bookings',
    'nodes',
    'client',
    'services',
    'name',
    'viewer',
    'provider',
    'payments',
    'status',
    'id',
  ].concat(['first', 'after', 'Booking', 'Client', 'Query', 'Mutation', 'createSlotHold', 'input', 'String']),
};

const requests = Number(process.env['BENCH_FLOOD']);
const pool = new Pool(process.env['BENCH_GATEWAY'] ?? '', { connections: CONNECTIONS, pipelining: 1 });
const statuses: Record<string, number> = {};
let next = 0;

async function send(): Promise<number> {
  const { method, path, headers, body, seed } = hostileRequest(next++, vocabulary);
  const from = { 'x-forwarded-for': `10.7.${(seed % ADDRESSES) >> 8}.${seed % 256}` };
  const heard = await pool
    .request({ method, path, headers: { ...headers, ...from }, body })
    .catch((error: unknown) => {
      // Some headers and methods this client refuses to send, and some bodies are cut off in the middle.
      if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') throw error;
      return undefined;
    });
  if (!heard) return 0;
  const text = await heard.body.text();
  // 503 says that no more is taken on, to those who have not signed in; that is no failure.
  if ((heard.statusCode >= 500 && heard.statusCode !== 503) || text.includes('"INTERNAL"')) {
    throw new Error(`Seed ${seed} was answered ${heard.statusCode}: ${text.slice(0, 300)}`);
  }
  return heard.statusCode;
}

async function work(): Promise<void> {
  while (next < requests) {
    const status = await send();
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

process.on('disconnect', () => process.exit());
await Promise.all(Array.from({ length: CONNECTIONS }, work));
process.send?.({ statuses });
