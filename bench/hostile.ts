// `npm run bench -- hostile`: what do people notice while somebody attacks? A normal app asks for its dashboard over eight
// connections, first alone, then beside a flood over as many again of the seeded hostile requests of @kept/testing, from a
// thousand addresses: every one different, none that a client would send. Limits per caller are out of the way and documents
// are taken as they are sent, so that every hostile request gets as far as it can. The p99 of the normal query beside the
// flood, over the p99 without, is the ratio; a crash, an answer that is our mistake or a normal query that fails ends the
// benchmark. `npm run bench -- hostile 20000` floods with fewer.
import { Pool } from 'undici';
import { withCast, type Side } from './gateway/cast.ts';
import { askOnce, quantile } from './gateway/slices.ts';

const FLOOD = 100_000;
const QUIET_REQUESTS = 4_000;
const CONNECTIONS = 8;
// At most three times as slow: people wait a little and lose nothing.
const TARGET = 3;

/** Runs the benchmark and prints its figures. */
export function run([requests = String(FLOOD)]: readonly string[]) {
  return withCast(async (cast) => {
    const environment = { NODE_ENV: 'development', KEPT_TRUSTED_PROXIES: '1', KEPT_EXECUTOR: 'compiled' };
    const side = await cast.startOurs('kept', { environment });
    const pool = new Pool(side.url, { connections: CONNECTIONS, pipelining: 1 });
    await normal({ pool, side, requests: QUIET_REQUESTS / 4 }); // Warm.
    const quiet = await normal({ pool, side, requests: QUIET_REQUESTS });
    let over = false;
    const flooding = cast.flood(side, Number(requests)).finally(() => (over = true));
    flooding.catch(() => undefined); // Heard below; until then nobody else shall.
    const beside = await normal({ pool, side, isOver: () => over });
    const statuses = await flooding;
    const after = await normal({ pool, side, requests: QUIET_REQUESTS });
    await pool.close();
    return report({ quiet: [...quiet, ...after], beside, statuses });
  });
}

/** Asks as a normal app, until it is over or so many times, and answers how long each took, in milliseconds. */
async function normal(how: {
  pool: Pool;
  side: Side;
  requests?: number;
  isOver?: () => boolean;
}): Promise<number[]> {
  const { pool, side, requests = Infinity, isOver = () => false } = how;
  const times: number[] = [];
  let left = requests;
  const work = async () => {
    while (left-- > 0 && !isOver()) {
      const askedAt = performance.now();
      const answer = await askOnce(pool, side);
      if (!answer.startsWith('{"data"')) throw new Error(`A normal query failed: ${answer.slice(0, 300)}`);
      times.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return times;
}

function report(heard: { quiet: number[]; beside: number[]; statuses: Readonly<Record<string, number>> }) {
  const rounded = (value: number) => Math.round(value * 100) / 100;
  const figures = {
    hostileRequests: Object.values(heard.statuses).reduce((sum, count) => sum + count, 0),
    quietMedianMs: rounded(quantile(heard.quiet, 0.5)),
    quietP99Ms: rounded(quantile(heard.quiet, 0.99)),
    besideMedianMs: rounded(quantile(heard.beside, 0.5)),
    besideP99Ms: rounded(quantile(heard.beside, 0.99)),
    besideRequests: heard.beside.length,
  };
  const ratio = rounded(figures.besideP99Ms / figures.quietP99Ms);
  const answered = Object.entries(heard.statuses);
  process.stdout.write(
    `${figures.hostileRequests} hostile requests, answered ${answered.map(([status, count]) => `${status === '0' ? 'cut off' : status}: ${count}`).join(', ')}\n` +
      `a normal query: p99 ${figures.quietP99Ms} ms in quiet, ${figures.besideP99Ms} ms beside them (${ratio} times, target at most ${TARGET})\n`,
  );
  return { bench: 'hostile', figures, ratio, target: TARGET, met: ratio <= TARGET };
}
