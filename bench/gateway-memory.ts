// `npm run bench -- gateway-memory`: does the gateway's memory stay flat? A hundred thousand requests, each with a text, an
// operation name, variables and a network address that nobody has used before: everything that any cache or counter of it is
// keyed by. Small operations, so that there are many. Documents are taken as they are sent (development): with trusted
// documents there could not even be as many. RSS of the process as `ps` tells it is the median of what it is between two
// fifths of the slice before and the end of it; compared are the first 20 000 requests and the last.
import { execFileSync } from 'node:child_process';
import { Pool } from 'undici';
import { withCast, type Side } from './gateway/cast.ts';
import { quantile } from './gateway/slices.ts';

const REQUESTS_FIRST = 20_000;
const REQUESTS_ALL = 100_000;
const SAMPLE_EVERY = 1_000;
const CONNECTIONS = 16;
// After five times as many it may weigh a tenth more at most: what a garbage collector leaves lying around.
const TARGET = 0.9;
const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** Runs the benchmark and prints its figures. */
export function run() {
  return withCast(async (cast) => {
    const environment = { NODE_ENV: 'development', KEPT_TRUSTED_PROXIES: '1', KEPT_EXECUTOR: 'compiled' };
    const side = await cast.startOurs('kept', { environment });
    const pool = new Pool(side.url, { connections: CONNECTIONS, pipelining: 1 });
    const samples: { requests: number; mebibytes: number }[] = [];
    let next = 0;
    const work = async () => {
      while (next < REQUESTS_ALL) {
        const at = next++;
        await ask(pool, side, at);
        if (at % SAMPLE_EVERY === 0) samples.push({ requests: at, mebibytes: mebibytesOf(side) });
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    await pool.close();
    return report(samples);
  });
}

async function ask(pool: Pool, { path, headers }: Side, at: number): Promise<void> {
  const name = `Q${at.toString(36)}`;
  const body = JSON.stringify({
    query: `query ${name}($first${at}: Int) { a${at}: bookings(first: $first${at}) { nodes { id status } } }`,
    operationName: name,
    variables: { [`first${at}`]: 1 + (at % 90) },
  });
  const response = await pool.request({
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `2001:db8:${(at >> 16).toString(16)}:${(at & 0xffff).toString(16)}::1`,
      ...headers,
    },
    body,
  });
  const answer = await response.body.text();
  if (response.statusCode !== 200 || !answer.startsWith('{"data"')) {
    throw new Error(`The gateway answered ${response.statusCode}: ${answer.slice(0, 300)}`);
  }
}

function mebibytesOf({ child }: Side): number {
  const kibibytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' }));
  return (kibibytes * 1024) / BYTES_PER_MEBIBYTE;
}

function report(samples: readonly { requests: number; mebibytes: number }[]) {
  const median = (from: number, to: number) =>
    Math.round(
      quantile(
        samples.filter(({ requests }) => requests >= from && requests < to).map(({ mebibytes }) => mebibytes),
        0.5,
      ),
    );
  const figures = {
    firstMebibytes: median(REQUESTS_FIRST * 0.6, REQUESTS_FIRST),
    lastMebibytes: median(REQUESTS_ALL - REQUESTS_FIRST * 0.4, REQUESTS_ALL),
    requests: REQUESTS_ALL,
  };
  const ratio = Math.round((figures.firstMebibytes / figures.lastMebibytes) * 100) / 100;
  process.stdout.write(
    `after ${REQUESTS_FIRST} requests, no two alike: ${figures.firstMebibytes} MiB; after ${REQUESTS_ALL}: ${figures.lastMebibytes} MiB\n`,
  );
  return { bench: 'gateway-memory', figures, ratio, target: TARGET, met: ratio >= TARGET };
}
