// `npm run bench -- gateway-memory`: does the gateway's memory stay flat? A hundred thousand requests, each with a text, an
// operation name, variables and a network address that nobody has used before: everything that any cache or counter of it is
// keyed by. Small operations, so that there are many. Documents are taken as they are sent (development): with trusted
// documents there could not even be as many. Compared is the process's RSS, as `ps` tells it, towards the end of the first fifth
// with what it is at the end, medians of samples. `npm run bench -- gateway-memory 20000` asks fewer.
import { execFileSync } from 'node:child_process';
import { Pool } from 'undici';
import { withCast, type Side } from './gateway/cast.ts';
import { quantile } from './gateway/slices.ts';

const REQUESTS = 100_000;
const SAMPLE_EVERY = 500;
const CONNECTIONS = 16;
// After five times as many it may weigh a tenth more at most: what a garbage collector leaves lying around.
const TARGET = 0.9;
const BYTES_PER_MEBIBYTE = 1024 * 1024;

interface Sample {
  readonly at: number;
  readonly mebibytes: number;
}

/** Runs the benchmark and prints its figures. */
export function run([given = String(REQUESTS)]: readonly string[]) {
  const requests = Number(given);
  return withCast(async (cast) => {
    const environment = { NODE_ENV: 'development', KEPT_TRUSTED_PROXIES: '1', KEPT_EXECUTOR: 'compiled' };
    // A small nursery, as `npm start` gives it: V8 would let a large one stand for long after it was needed.
    const side = await cast.startOurs('kept', { environment, execArgv: ['--max-semi-space-size=4'] });
    const pool = new Pool(side.url, { connections: CONNECTIONS, pipelining: 1 });
    const samples: Sample[] = [];
    let next = 0;
    const work = async () => {
      while (next < requests) {
        const at = next++;
        await ask(pool, side, at);
        if (at % SAMPLE_EVERY === 0) samples.push({ at, mebibytes: mebibytesOf(side) });
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    await pool.close();
    return report(samples, requests);
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

function report(samples: readonly Sample[], requests: number) {
  const median = (from: number, to: number) => {
    const between = samples.filter(({ at }) => at >= from * requests && at < to * requests);
    return Math.round(
      quantile(
        between.map(({ mebibytes }) => mebibytes),
        0.5,
      ),
    );
  };
  const figures = { requests, firstMebibytes: median(0.12, 0.2), lastMebibytes: median(0.92, 1) };
  const ratio = Math.round((figures.firstMebibytes / figures.lastMebibytes) * 100) / 100;
  process.stdout.write(
    `after ${requests / 5} requests, no two alike: ${figures.firstMebibytes} MiB; after ${requests}: ${figures.lastMebibytes} MiB\n`,
  );
  return { bench: 'gateway-memory', figures, ratio, target: TARGET, met: ratio >= TARGET };
}
