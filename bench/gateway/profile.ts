import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Pool } from 'undici';
import type { Cast } from './cast.ts';
import { askOnce } from './slices.ts';

const REQUESTS = 6_000;
const CONNECTIONS = 16;
const AUTHORIZATION = /\/gateway\/src\/authorize\/|\/packages\/access-policy\//;

interface Profile {
  readonly nodes: readonly {
    id: number;
    callFrame: { functionName: string; url: string };
    children?: number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/**
 * Which share of the gateway's processor time goes into authorizing, by V8's own profiler (`--cpu-prof`): every sample whose
 * innermost frame of ours is in `authorize/` or the access policy, so with what it calls in graphql-js or Node. Start-up,
 * in which the tables are built, is not counted.
 */
export async function shareOfAuthorization(cast: Cast, environment: Record<string, string>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kept-bench-profile-'));
  try {
    const execArgv = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}`];
    const side = await cast.startOurs('profiled', { environment, execArgv });
    const pool = new Pool(side.url, { connections: CONNECTIONS, pipelining: 1 });
    let left = REQUESTS;
    const work = async () => {
      while (left-- > 0) await askOnce(pool, side);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    await pool.close();
    const ended = once(side.child, 'exit');
    side.child.kill('SIGTERM');
    await ended;
    const [file] = readdirSync(folder);
    if (!file) throw new Error('Node wrote no profile.');
    return shareOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function shareOf({ nodes, samples, timeDeltas }: Profile): number {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const ownerOf = (id: number): string => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const { url = '' } = byId.get(at)?.callFrame ?? {};
      if (/\/(?:gateway|packages)\//.test(url) && !url.includes('/node_modules/')) return url;
    }
    return '';
  };
  const outside = new Set(['(idle)', '(program)', '(root)']);
  let all = 0;
  let authorizing = 0;
  // The first third is start-up and warming: modules, plans, tables.
  for (let at = Math.floor(samples.length / 3); at < samples.length; at++) {
    const id = samples[at] ?? 0;
    if (outside.has(byId.get(id)?.callFrame.functionName ?? '')) continue;
    const time = timeDeltas[at] ?? 0;
    all += time;
    if (AUTHORIZATION.test(ownerOf(id))) authorizing += time;
  }
  return authorizing / all;
}
