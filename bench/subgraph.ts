// `npm run bench -- subgraph`: one `_entities` request of 25 bookings and one page of 20, through our subgraph kit with
// everything on (a signed passport for every body, guards with the row in hand, deadlines), against Apollo Server
// standalone on the same schema and rows without any of it. Different ids per request, 8 connections; slices of a fixed
// number of requests alternate A B A B; the medians are compared, and the worse of the two operations is the ratio.
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { anonymousCaller, PASSPORT_HEADER, signPassport } from '@kept/passport';
import { Pool } from 'undici';
import { client, OPERATIONS } from './subgraph/bookings-in-memory.ts';

const CONNECTIONS = 8;
const REQUESTS_PER_SLICE = 1_500;
const SLICES = 7;
// Apollo Server without protection stands for 1; graphql-js without it and without our protection is 1.5 (facts).
const TARGET = 1.25;

type Operation = keyof typeof OPERATIONS;
interface Side {
  readonly name: 'kept' | 'apollo';
  readonly pool: Pool;
  readonly path: string;
  readonly headers: (body: string) => Record<string, string>;
}

/** Runs the benchmark and prints its figures. */
export async function run() {
  const children: ChildProcess[] = [];
  try {
    const secret = randomBytes(32);
    const ours = await start(children, 'ours.ts', { BENCH_PASSPORT_KEY: secret.toString('base64') });
    const apollo = await start(children, 'apollo-standalone.ts', {});
    const signed = (body: string) => ({
      [PASSPORT_HEADER]: signPassport({
        caller,
        service: 'scheduling',
        body,
        key: { id: 'bench', secret },
        now: new Date(),
      }),
    });
    const sides: readonly Side[] = [sideOf('kept', ours, signed), sideOf('apollo', apollo, () => ({}))];
    await assertSameAnswer(sides);
    return await report(sides);
  } finally {
    for (const child of children) child.kill();
  }
}

const caller = {
  ...anonymousCaller({
    organizationId: '33333333-3333-4333-8333-333333333333',
    requestId: 'bench',
    operationName: 'Bench',
    networkAddress: '127.0.0.1',
    policyVersion: '1',
  }),
  ...client,
  sessionId: '44444444-4444-4444-8444-444444444444',
};

async function start(
  children: ChildProcess[],
  file: string,
  environment: Record<string, string>,
): Promise<string> {
  const child = fork(join(import.meta.dirname, 'subgraph', file), [], {
    execArgv: ['--import', 'tsx', '--conditions=source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', ...environment },
  });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve((message as { url: string }).url));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready.`)));
  });
}

function sideOf(name: Side['name'], url: string, headers: Side['headers']): Side {
  const { origin, pathname } = new URL(url);
  return {
    name,
    path: pathname,
    headers,
    pool: new Pool(origin, { connections: CONNECTIONS, pipelining: 1 }),
  };
}

async function ask({ pool, path, headers }: Side, operation: Operation, seed: string): Promise<string> {
  const { query, variables } = OPERATIONS[operation];
  const body = JSON.stringify({ query, variables: variables(seed) });
  const response = await pool.request({
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers(body) },
    body,
  });
  const text = await response.body.text();
  if (response.statusCode !== 200)
    throw new Error(`${operation} was answered with ${response.statusCode}: ${text}`);
  return text;
}

// Otherwise the faster side might only be the one that answers less.
async function assertSameAnswer(sides: readonly Side[]): Promise<void> {
  for (const operation of Object.keys(OPERATIONS) as Operation[]) {
    const answers = await Promise.all(sides.map((side) => ask(side, operation, 'same')));
    const [first, ...others] = answers.map((text) => JSON.stringify(JSON.parse(text)));
    if (
      !first?.startsWith('{"data"') ||
      first.includes('errors') ||
      others.some((other) => other !== first)
    ) {
      throw new Error(`The sides do not answer ${operation} alike: ${answers.join('\n')}`);
    }
  }
}

async function slice(side: Side, operation: Operation): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  const worker = async () => {
    while (next < REQUESTS_PER_SLICE) {
      next += 1;
      await ask(side, operation, `${next}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return REQUESTS_PER_SLICE / ((performance.now() - startedAt) / 1000);
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function report(sides: readonly Side[]) {
  const figures: Record<string, number> = {};
  const ratios: number[] = [];
  for (const operation of Object.keys(OPERATIONS) as Operation[]) {
    const rates = new Map<string, number[]>(sides.map(({ name }) => [name, []]));
    for (const side of sides) await slice(side, operation);
    for (let round = 0; round < SLICES; round += 1) {
      for (const side of sides) rates.get(side.name)?.push(await slice(side, operation));
    }
    const [kept = 0, apollo = 0] = sides.map(({ name }) => median(rates.get(name) ?? []));
    const ratio = kept / apollo;
    ratios.push(ratio);
    figures[`${operation}KeptPerSecond`] = Math.round(kept);
    figures[`${operation}ApolloPerSecond`] = Math.round(apollo);
    figures[`${operation}Ratio`] = Math.round(ratio * 100) / 100;
    process.stdout.write(
      `${operation}: ours ${kept.toFixed(0)}/s, Apollo Server ${apollo.toFixed(0)}/s: ${ratio.toFixed(2)} ×\n`,
    );
  }
  const ratio = Math.round(Math.min(...ratios) * 100) / 100;
  return { bench: 'subgraph', figures, ratio, target: TARGET, met: ratio >= TARGET };
}
