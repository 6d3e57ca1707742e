// `npm run bench -- subgraph`: one `_entities` request of 25 bookings and one page of 20, through our subgraph kit with
// everything on (a signed passport for every body, guards with the row in hand, deadlines), against Apollo Server
// standalone on the same schema and rows without any of it. Different ids per request, 8 connections; slices of a fixed
// number of requests alternate A B A B. Compared is the processor time that the server needs per request, which a busy
// machine changes less than the rate; the rates are printed beside it. The worse of the two operations is the ratio.
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { anonymousCaller, PASSPORT_HEADER, signPassport } from '@kept/passport';
import { Pool } from 'undici';
import { client, OPERATIONS } from './subgraph/bookings-in-memory.ts';

const CONNECTIONS = 8;
const REQUESTS_PER_SLICE = 1_500;
const SLICES = 7;
// Apollo Server without protection stands for 1; ours does its work and ours for less (docs/decisions/0018).
const TARGET = 1.1;

type Operation = keyof typeof OPERATIONS;
interface Side {
  readonly name: 'kept' | 'apollo';
  readonly pool: Pool;
  readonly path: string;
  readonly headers: (body: string) => Record<string, string>;
  readonly child: ChildProcess;
}

/** Runs the benchmark and prints its figures. */
export async function run() {
  const children: ChildProcess[] = [];
  try {
    const secret = randomBytes(32);
    const ours = start(children, 'ours.ts', { BENCH_PASSPORT_KEY: secret.toString('base64') });
    const apollo = start(children, 'apollo-standalone.ts', {});
    const signed = (body: string) => ({
      [PASSPORT_HEADER]: signPassport({
        caller,
        service: 'scheduling',
        body,
        key: { id: 'bench', secret },
        now: new Date(),
      }),
    });
    const sides: readonly Side[] = [
      await sideOf('kept', ours, signed),
      await sideOf('apollo', apollo, () => ({})),
    ];
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

function start(children: ChildProcess[], file: string, environment: Record<string, string>): ChildProcess {
  const child = fork(join(import.meta.dirname, 'subgraph', file), [], {
    execArgv: ['--import', 'tsx', '--conditions=source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', ...environment },
  });
  children.push(child);
  return child;
}

const messageOf = <T>(child: ChildProcess) =>
  new Promise<T>((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`A server ended with ${code}.`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });

async function sideOf(name: Side['name'], child: ChildProcess, headers: Side['headers']): Promise<Side> {
  const { url } = await messageOf<{ url: string }>(child);
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });
  return { name, path: pathname, headers, child, pool };
}

/** What the server has used of the processors until now, in microseconds. */
async function cpuOf({ child }: Side): Promise<number> {
  const answer = messageOf<NodeJS.CpuUsage>(child);
  child.send('cpu');
  const { user, system } = await answer;
  return user + system;
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

interface Slice {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

async function slice(side: Side, operation: Operation): Promise<Slice> {
  let next = 0;
  const cpuBefore = await cpuOf(side);
  const startedAt = performance.now();
  const worker = async () => {
    while (next < REQUESTS_PER_SLICE) {
      next += 1;
      await ask(side, operation, `${next}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = (await cpuOf(side)) - cpuBefore;
  return { perSecond: REQUESTS_PER_SLICE / seconds, cpuMicroseconds: cpu / REQUESTS_PER_SLICE };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function report(sides: readonly Side[]) {
  const figures: Record<string, number> = {};
  const ratios: number[] = [];
  for (const operation of Object.keys(OPERATIONS) as Operation[]) {
    const slices = sides.map((): Slice[] => []);
    for (const side of sides) await slice(side, operation);
    for (let round = 0; round < SLICES; round += 1) {
      for (const [index, side] of sides.entries()) slices[index]?.push(await slice(side, operation));
    }
    const cpu = slices.map((all) => median(all.map(({ cpuMicroseconds }) => cpuMicroseconds)));
    const rate = slices.map((all) => median(all.map(({ perSecond }) => perSecond)));
    const [kept = 1, apollo = 0] = cpu;
    ratios.push(apollo / kept);
    sides.forEach(({ name }, index) => {
      figures[`${operation}_${name}_us_cpu`] = Math.round(cpu[index] ?? 0);
      figures[`${operation}_${name}_per_second`] = Math.round(rate[index] ?? 0);
    });
    process.stdout.write(
      `${operation}: ours ${kept.toFixed(0)} µs of processor per request, Apollo Server ${apollo.toFixed(0)} µs: ${(apollo / kept).toFixed(2)} × (${rate.map((value) => value.toFixed(0)).join(' and ')} per second)\n`,
    );
  }
  const ratio = Math.round(Math.min(...ratios) * 100) / 100;
  return { bench: 'subgraph', figures, ratio, target: TARGET, met: ratio >= TARGET };
}
