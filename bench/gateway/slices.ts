import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import type { Side } from './cast.ts';
import { DASHBOARD } from './operations.ts';

const CONNECTIONS = 16;
const REQUESTS_PER_SLICE = 400;
const WARM_SLICES = 2;

/** What one slice of requests showed. Times in milliseconds. */
export interface Slice {
  readonly requestsPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** The gateway's processor time per request; 0 where the system does not tell (anything but Linux). */
  readonly cpuMs: number;
}

let cursor = 0;
/** Asks once, with variables that nobody has sent before. */
export async function askOnce(pool: Pool, { path, headers }: Side): Promise<string> {
  const body = JSON.stringify({
    query: DASHBOARD,
    operationName: 'Dashboard',
    variables: { after: `cursor-${cursor++}` },
  });
  const response = await pool.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return response.body.text();
}

/** A gateway that answers less, or with errors, would be fast: every side must say the same, or this throws. */
export async function assertSameAnswer(sides: readonly Side[]): Promise<void> {
  const answers = await Promise.all(
    sides.map(async (side) => {
      const pool = new Pool(side.url);
      const answer = JSON.parse(await askOnce(pool, side)) as { data?: unknown; errors?: unknown };
      await pool.close();
      return { name: side.name, ...answer };
    }),
  );
  for (const { name, data, errors } of answers) {
    if (!errors && data && JSON.stringify(data) === JSON.stringify(answers[0]?.data)) continue;
    throw new Error(`${name} answers differently: ${JSON.stringify({ errors, data })}`.slice(0, 3_000));
  }
}

/** Slices of a fixed number of requests, A B A B: what slows the machine down slows all sides down. */
export async function measure(sides: readonly Side[], rounds: number): Promise<Map<string, Slice[]>> {
  const slices = new Map<string, Slice[]>(sides.map(({ name }) => [name, []]));
  const pools = sides.map((side) => ({
    side,
    pool: new Pool(side.url, { connections: CONNECTIONS, pipelining: 1 }),
  }));
  // Warm: planned, compiled, connected.
  for (let round = 0; round < WARM_SLICES; round++)
    for (const { side, pool } of pools) await slice(pool, side);
  for (let round = 0; round < rounds; round++) {
    for (const { side, pool } of pools) slices.get(side.name)?.push(await slice(pool, side));
  }
  await Promise.all(pools.map(({ pool }) => pool.close()));
  return slices;
}

async function slice(pool: Pool, side: Side): Promise<Slice> {
  const times: number[] = [];
  let left = REQUESTS_PER_SLICE;
  const cpuBefore = cpuMsOf(side.child.pid);
  const startedAt = performance.now();
  const work = async () => {
    while (left-- > 0) {
      const askedAt = performance.now();
      await askOnce(pool, side);
      times.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return {
    requestsPerSecond: REQUESTS_PER_SLICE / ((performance.now() - startedAt) / 1000),
    medianMs: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    cpuMs: (cpuMsOf(side.child.pid) - cpuBefore) / REQUESTS_PER_SLICE,
  };
}

const TICK_MS = 10;
function cpuMsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name may hold spaces, so count from behind it; fields 14 and 15 are user and system time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

/** The value below which `share` of the numbers lie. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
