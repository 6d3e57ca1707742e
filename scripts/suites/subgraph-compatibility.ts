// Apollo's subgraph compatibility suite (github.com/apollographql/apollo-federation-subgraph-compatibility, MIT): its cases
// against our subgraph kit. Its own runner wants Docker, Rover and a router; here its users and inventory subgraphs run as
// they are, `products` is ours, our gateway's compiled executor stands where the router would, and jest runs its cases.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { json, listen, openLog } from '@kept/subgraph-kit';
import { parse, print } from 'graphql';
import { openBothExecutors } from './gateway-parts.ts';
import { publicProducts, serveProducts } from './products-subgraph.ts';

// The suite's own numbers; they stand in its cases.
const GATEWAY_PORT = 4000;
const PRODUCTS_PORT = 4001;
const USERS_PORT = 4002;
const INVENTORY_PORT = 4003;
const READY_WITHIN_MS = 30_000;

// What our kit does not do, and why that is no mistake.
const DECLINED: Readonly<Record<string, string>> = {
  ftv1: 'inline traces tell resolver times to whoever asks; they are off (gateway A34)',
};

interface JestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

/** Runs the cases; true when all pass but those that we decline. */
export async function runSubgraphCompatibility(path: string): Promise<boolean> {
  const sdlOf = (file: string) => readFileSync(join(path, file), 'utf8');
  const products = publicProducts(sdlOf('implementations/_template_library_/products.graphql'));
  const supergraph = compose([
    { name: 'products', sdl: print(products), port: PRODUCTS_PORT },
    { name: 'users', sdl: sdlOf('packages/subgraphs/users/users.graphql'), port: USERS_PORT },
    { name: 'inventory', sdl: sdlOf('packages/subgraphs/inventory/inventory.graphql'), port: INVENTORY_PORT },
  ]);
  const children = ['users', 'inventory'].map((name) => startSubgraphOfTheirs(path, name));
  const ours = await serveProducts(products, PRODUCTS_PORT);
  const gateway = await serveGateway(supergraph);
  try {
    await Promise.all([USERS_PORT, INVENTORY_PORT].map(answers));
    return report(await runCases(path));
  } finally {
    await gateway.stop();
    await ours.stop();
    for (const child of children) child.kill();
  }
}

function compose(parts: readonly { name: string; sdl: string; port: number }[]): string {
  const services = parts.map(({ name, sdl, port }) => ({
    name,
    typeDefs: parse(sdl),
    url: `http://localhost:${port}/`,
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error((errors ?? []).map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

const startSubgraphOfTheirs = (path: string, name: string): ChildProcess =>
  spawn(process.execPath, ['index.js'], {
    cwd: join(path, 'packages/subgraphs', name),
    stdio: ['ignore', 'ignore', 'inherit'],
  });

async function serveGateway(supergraph: string): Promise<{ stop(): Promise<void> }> {
  const executors = await openBothExecutors(supergraph);
  const server = await listen({
    host: 'localhost',
    port: GATEWAY_PORT,
    log: openLog({ service: 'suite', level: 'silent' }),
    routes: [
      {
        method: 'POST',
        path: '/',
        async handle({ body }) {
          const { query, variables } = JSON.parse(String(body)) as {
            query: string;
            variables?: Record<string, unknown>;
          };
          return json(200, await executors.compiled(query, variables));
        },
      },
    ],
  });
  return {
    async stop() {
      await server.stop();
      await executors.stop();
    },
  };
}

async function runCases(path: string): Promise<JestReport> {
  const folder = await mkdtemp(join(tmpdir(), 'kept-suite-'));
  const { resolve } = createRequire(import.meta.url);
  const config = {
    rootDir: join(path, 'packages/compatibility'),
    roots: ['<rootDir>/src/tests'],
    testEnvironment: 'node',
    testMatch: ['**/*.test.ts'],
    transform: {
      '\\.ts$': [
        resolve('@swc/jest'),
        { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
      ],
    },
  };
  try {
    const output = join(folder, 'report.json');
    const words = ['--config', JSON.stringify(config), '--json', '--outputFile', output, '--runInBand'];
    const jest = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../node_modules/jest/bin/jest.js'), ...words],
      { stdio: 'ignore' },
    );
    await new Promise((done) => jest.once('exit', done));
    return JSON.parse(await readFile(output, 'utf8')) as JestReport;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function report({ testResults }: JestReport): boolean {
  const cases = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = cases.filter(({ status }) => status !== 'passed');
  for (const { fullName, status } of cases) process.stdout.write(`${status.padEnd(8)}${fullName}\n`);
  process.stdout.write(`${cases.length - failed.length} of ${cases.length} cases pass\n`);
  for (const { fullName, failureMessages } of failed) {
    const declined = DECLINED[fullName];
    process.stdout.write(`${fullName}: ${declined ?? failureMessages.join('\n')}\n`);
  }
  return cases.length > 0 && failed.every(({ fullName }) => fullName in DECLINED);
}

async function answers(port: number): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until) {
    const asked = fetch(`http://localhost:${port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{__typename}"}',
    });
    if (
      await asked.then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(
    `The suite's subgraph on port ${port} did not start. Is it installed (npm ci --ignore-scripts)?`,
  );
}
