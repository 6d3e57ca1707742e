import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { freePort, type Cast, type Side } from './cast.ts';

// Half a gigabyte: never a dependency of the project, but a figure to compare with, for whoever asks for it.
const PACKAGES = ['@graphql-hive/gateway@2.15.1', '@graphql-hive/router-runtime@1.4.23', 'graphql@16.15.0'];
const root = join(import.meta.dirname, '../..');
const folder = join(root, '.kept-bench/hive-gateway');
const READY_MS_MAX = 60_000;

/**
 * Hive Gateway as its command starts it, without any protection, and at its fastest: with the query planner and executor of
 * Hive Router (Rust). Installed on first use into a folder of its own.
 */
export async function startHiveGateway(cast: Cast): Promise<Side> {
  await install();
  const port = await freePort();
  writeFileSync(join(folder, 'supergraph.graphql'), supergraphAt(cast.subgraphs));
  const program = join(folder, 'node_modules/@graphql-hive/gateway/dist/bin.js');
  const child = fork(
    program,
    ['supergraph', './supergraph.graphql', '--port', String(port), '--host', '127.0.0.1', '--fork', '1'],
    {
      cwd: folder,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production', HIVE_ROUTER_RUNTIME: 'true' },
    },
  );
  cast.adopt(child);
  const url = `http://127.0.0.1:${port}`;
  await answering(url);
  return { name: 'hive', url, path: '/graphql', headers: {}, child };
}

async function install(): Promise<void> {
  if (existsSync(join(folder, 'node_modules/@graphql-hive/gateway/package.json'))) return;
  process.stdout.write(`Installing ${PACKAGES.join(', ')} into .kept-bench/ (once, half a gigabyte)…\n`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const npm = spawn('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  const [code] = (await once(npm, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`npm could not install the peer (${code}); see above.`);
}

// It asks where the supergraph says; ours says names only.
const supergraphAt = (subgraphs: string) =>
  readFileSync(join(root, 'gateway/supergraph.graphql'), 'utf8').replaceAll(
    /@join__graph\(name: "(\w+)", url: "[^"]*"\)/g,
    (_all, name: string) => `@join__graph(name: "${name}", url: "${subgraphs}/${name}")`,
  );

async function answering(url: string): Promise<void> {
  for (const deadline = Date.now() + READY_MS_MAX; Date.now() < deadline;) {
    const ready = await request(`${url}/readiness`).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode === 200;
      },
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('Hive Gateway did not become ready.');
}
