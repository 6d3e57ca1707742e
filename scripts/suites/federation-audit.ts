// The federation audit of The Guild (github.com/graphql-hive/federation-gateway-audit, MIT): 46 graphs, 199 operations
// with what a federation gateway has to answer. It serves its own subgraphs; each case goes through both our executors,
// in this process. It passes when the compiled executor fails no case that Apollo's own passes (decision 0010).
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionResult } from 'graphql';
import { openBothExecutors, type BothExecutors } from './gateway-parts.ts';

interface Case {
  readonly query: string;
  readonly expected: { readonly data?: unknown; readonly errors?: boolean };
}
interface Verdict {
  readonly id: string;
  readonly cases: number;
  readonly stock: readonly boolean[];
  readonly compiled: readonly boolean[];
}

const READY_WITHIN_MS = 60_000;

/** Runs every case; true when none is worse in the compiled executor. */
export async function runFederationAudit(path: string): Promise<boolean> {
  const port = await freePort();
  const server = serveSuite(path, port);
  try {
    const url = `http://localhost:${port}`;
    await waitFor(`${url}/_health`, server);
    const verdicts: Verdict[] = [];
    for (const id of await getJson<string[]>(`${url}/ids`)) verdicts.push(await runGroup(url, id));
    return report(verdicts);
  } finally {
    server.kill();
  }
}

// The suite runs on newer Nodes; all that Node 20 lacks is one function.
const POLYFILL =
  'Promise.withResolvers ??= () => { const all = {}; all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject })); return all; };';

function serveSuite(path: string, port: number): ChildProcess {
  const start = `${POLYFILL} const { serve } = await import(${JSON.stringify(pathToFileURL(`${path}/src/index.ts`).href)}); await serve(${port});`;
  return spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', start],
    {
      cwd: path,
      stdio: ['ignore', 'ignore', 'inherit'],
      // Ours is not its TypeScript configuration.
      env: { ...process.env, TSX_TSCONFIG_PATH: '' },
    },
  );
}

async function runGroup(url: string, id: string): Promise<Verdict> {
  const supergraph = await (await fetch(`${url}/${id}/supergraph`)).text();
  const executors = await openBothExecutors(supergraph);
  const runWith = async (which: 'stock' | 'compiled') => {
    const passed: boolean[] = [];
    // Asked for anew: the cases of mutations hold an id that the subgraphs take once.
    for (const one of await getJson<Case[]>(`${url}/${id}/tests`)) {
      passed.push(await passes(executors, which, one));
    }
    return passed;
  };
  try {
    const stock = await runWith('stock');
    return { id, cases: stock.length, stock, compiled: await runWith('compiled') };
  } finally {
    await executors.stop();
  }
}

async function passes(executors: BothExecutors, which: 'stock' | 'compiled', one: Case): Promise<boolean> {
  const { query, expected } = one;
  const result = await executors[which](query).catch((error: unknown): ExecutionResult => {
    return { data: null, errors: [error as NonNullable<ExecutionResult['errors']>[number]] };
  });
  const data: unknown = JSON.parse(JSON.stringify(result.data ?? null));
  const hasErrors = (result.errors ?? []).length > 0;
  const passed =
    isDeepStrictEqual(data, expected.data ?? null) &&
    (expected.errors === undefined || expected.errors === hasErrors);
  if (!passed && process.env['KEPT_SUITE_DETAILS']) {
    process.stdout.write(
      `${which}: ${query}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(result)}\n`,
    );
  }
  return passed;
}

function report(verdicts: readonly Verdict[]): boolean {
  const passed = (results: readonly boolean[]) => results.filter(Boolean).length;
  const line = (name: string, [cases, stock, compiled]: readonly number[]) =>
    `${name.padEnd(42)}${String(cases).padStart(6)}${String(stock).padStart(8)}${String(compiled).padStart(10)}\n`;
  const total = [0, 0, 0];
  let worse = 0;
  process.stdout.write(
    `${'graph'.padEnd(42)}${'cases'.padStart(6)}${'stock'.padStart(8)}${'compiled'.padStart(10)}\n`,
  );
  for (const { id, cases, stock, compiled } of verdicts) {
    const numbers = [cases, passed(stock), passed(compiled)];
    for (const [index, number] of numbers.entries()) total[index] = (total[index] ?? 0) + number;
    worse += stock.filter((pass, index) => pass && !compiled[index]).length;
    process.stdout.write(line(id, numbers));
  }
  process.stdout.write(line('all', total));
  process.stdout.write(`cases that only the stock executor passes: ${worse}\n`);
  return worse === 0 && verdicts.length > 0;
}

const getJson = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

async function waitFor(url: string, server: ChildProcess): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until && server.exitCode === null) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('The suite did not start. Is it installed (docs/architecture.md)?');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
