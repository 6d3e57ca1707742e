// Kept as a person starts it: `npm start` in a process of its own, seen from outside.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { measureMemory, type ProcessMemory } from '@kept/local-stack';
import type { Door } from './graph.ts';

const root = join(import.meta.dirname, '..');
const startWithinMs = 180_000;

/** Kept in processes that are not ours. */
export interface StartedKept extends Door {
  /** Every process that `npm start` brought about, npm included, whatever started it. */
  memory(): Promise<ProcessMemory[]>;
}

// A name for each process that has one; the others count to the nearest named one above them.
const namesOf = [
  [/\/services\/(\w+)\/dist\/main\.js/, (found: string[]) => found[1] ?? ''],
  [/\/gateway\/dist\/main\.js/, () => 'gateway'],
  [/bin\/postgres(\.exe)? -D /, () => 'PostgreSQL'],
  [/scripts\/start\.mjs/, () => 'launcher, mailbox, simulator'],
] as const;

function nameOf(command: string): string | undefined {
  for (const [pattern, name] of namesOf) {
    const found = pattern.exec(command);
    if (found) return name(found);
  }
  return undefined;
}

async function memoryBelow(npm: number): Promise<ProcessMemory[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args=']);
  const lines = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
  const below = new Set([npm]);
  const named = [{ name: 'npm', pid: npm }];
  for (let grew = true; grew;) {
    grew = false;
    for (const { pid, parent, command } of lines) {
      if (!below.has(parent) || below.has(pid)) continue;
      below.add(pid);
      grew = true;
      const name = nameOf(command);
      // The shell between npm and the launcher carries the launcher's command line as well.
      if (name && !command.startsWith('sh ')) named.push({ name, pid });
    }
  }
  return measureMemory(named);
}

async function untilStarted(npm: ChildProcess, file: string, output: () => string): Promise<void> {
  for (const deadline = Date.now() + startWithinMs; Date.now() < deadline; await pause(200)) {
    if (existsSync(file)) return;
    if (npm.exitCode !== null) break;
  }
  throw new Error(`npm start did not start Kept:\n${output()}`);
}

async function stop(npm: ChildProcess, launcher: number | undefined): Promise<void> {
  if (npm.exitCode !== null) return;
  const ended = new Promise((resolve) => npm.once('close', resolve));
  // The launcher drains; npm ends with it. npm hands signals on through a shell that may not.
  if (launcher === undefined) npm.kill('SIGTERM');
  else process.kill(launcher, 'SIGTERM');
  await ended;
}

/** `npm start` in a temporary folder and on ports of its own; everything is stopped and removed afterwards. */
export async function withStartedKept<T>(work: (kept: StartedKept) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'kept-bench-'));
  // Below the range from which systems take ports for outgoing connections. `npm start` says so if one is taken.
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const words = ['start', '--', '--port', String(port), '--directory', directory];
  const npm = spawn('npm', words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: false });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  let launcher: number | undefined;
  try {
    const file = join(directory, 'stack.json');
    await untilStarted(npm, file, () => output);
    const read = async <Content>(path: string) => JSON.parse(await readFile(path, 'utf8')) as Content;
    const { processId, graphUrl } = await read<{ processId: number; graphUrl: string }>(file);
    launcher = processId;
    const { accounts } = await read<Pick<Door, 'accounts'>>(join(directory, 'accounts.json'));
    return await work({ graphUrl, accounts, memory: () => memoryBelow(npm.pid ?? 0) });
  } finally {
    await stop(npm, launcher);
    await rm(directory, { recursive: true, force: true });
  }
}
