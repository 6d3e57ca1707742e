import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, renameSync, type WriteStream } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from './environment.ts';
import { StackTrouble } from './trouble.ts';

const readyWithinMs = 60_000;
// A little more than the 20 seconds a service gives itself to drain.
const drainMs = 25_000;
const lastLinesMax = 12;

export interface ChildOptions {
  name: string;
  /** Arguments of node: flags, then the file. */
  nodeArguments: string[];
  directory: string;
  environment: Environment;
  logFile: string;
  /** Asked until it answers 200. */
  readyUrl: string;
  /** A death nobody asked for, as a sentence and the last lines of the log. */
  onDeath: (sentence: string) => void;
}

/** One process of the stack, and the only handle by which it is ended. */
export interface Child {
  readonly name: string;
  readonly pid: number | undefined;
  start(): Promise<void>;
  /** Drains by SIGTERM; SIGKILL when that takes too long. */
  stop(): Promise<void>;
  /** Ends it as a fault would; nothing is said, nothing is restarted. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
}

/** The last lines a process wrote, for the sentence about its death. */
class LastLines {
  #lines: string[] = [];
  add(text: string): void {
    this.#lines = [...this.#lines, ...text.split('\n').filter(Boolean)].slice(-lastLinesMax);
  }
  toString(): string {
    return this.#lines.map((line) => `  ${line.length > 400 ? `${line.slice(0, 400)}…` : line}`).join('\n');
  }
}

interface Running {
  process: ChildProcess;
  log: WriteStream;
  exited: Promise<string>;
  wanted: boolean;
  dead: boolean;
}

function launch(options: ChildOptions, lastLines: LastLines): Running {
  const child = spawn(process.execPath, options.nodeArguments, {
    cwd: options.directory,
    env: options.environment,
    // In a group of its own, so that Ctrl-C reaches only the launcher, which then drains in order. The ipc channel tells
    // the process when the launcher itself was killed: it then ends as well, instead of holding its port for ever.
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 });
  log.on('error', () => undefined); // A full disk is said by those who must write, not by the log.
  const record = (chunk: Buffer): void => {
    lastLines.add(chunk.toString());
    log.write(chunk);
  };
  child.stdout?.on('data', record);
  child.stderr?.on('data', record);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  return { process: child, log, exited, wanted: false, dead: false };
}

async function untilReady(running: Running, options: ChildOptions): Promise<boolean> {
  const deadline = performance.now() + readyWithinMs;
  while (!running.dead && performance.now() < deadline) {
    const answer = await fetch(options.readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.status === 200) return true;
    await pause(50);
  }
  return false;
}

export function openChild(options: ChildOptions): Child {
  let running: Running | null = null;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const current = running;
    if (!current || current.dead) return;
    current.wanted = true;
    current.process.kill(signal);
    const late = setTimeout(() => current.process.kill('SIGKILL'), drainMs);
    await current.exited;
    clearTimeout(late);
  };

  const start = async (): Promise<void> => {
    const lastLines = new LastLines();
    if (existsSync(options.logFile))
      renameSync(options.logFile, options.logFile.replace(/\.log$/, '.previous.log'));
    const current = launch(options, lastLines);
    running = current;
    let started = false;
    void current.exited.then((how) => {
      current.dead = true;
      current.log.end();
      if (started && !current.wanted)
        options.onDeath(
          `${options.name} ended by itself (${how}). Its last lines, all in ${options.logFile}:\n${String(lastLines)}`,
        );
    });
    started = await untilReady(current, options);
    if (started) return;
    const how = current.dead
      ? `did not start (${await current.exited})`
      : `was not ready after ${readyWithinMs / 1000} seconds`;
    await end('SIGKILL');
    throw new StackTrouble(
      `${options.name} ${how}. Its last lines, all in ${options.logFile}:\n${String(lastLines)}`,
    );
  };

  return {
    name: options.name,
    get pid() {
      return running && !running.dead ? running.process.pid : undefined;
    },
    start,
    stop: () => end('SIGTERM'),
    kill: (signal = 'SIGKILL') => end(signal),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
  };
}
