import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Options } from '@node-rs/argon2';
import { refused } from '@kept/subgraph-kit';

const WORKER = join(import.meta.dirname, '../../src/passwords/hash.worker.mjs');
// A hash costs 13 ms; the rest is for a machine on which everything else goes first.
const TIMEOUT_MS = 10_000;
// As long as pools of connections wait. A process that is not there costs no memory, and 35 ms when it is needed again.
const IDLE_MS = 10_000;
const MEMORY = ['--max-semi-space-size=2', '--max-old-space-size=64'];

interface Task {
  readonly stored: string | null;
  readonly password: string;
  readonly options: Options;
}

interface Waiting {
  readonly resolve: (result: string | boolean) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

interface Answer {
  readonly id: number;
  /** Left out when argon2 could make nothing of the hash. */
  readonly result?: string | boolean;
}

/**
 * Works out argon2 in a process of its own, which starts with the first hash and ends after ten seconds without. Its priority
 * is below that of everything else, so that an attack on passwords takes the processor from nobody who asks for something
 * else (A16). When it dies, what it was working on is refused with UNAVAILABLE, to be asked again, and the next hash starts
 * another one. Whoever asks sees to it that no more is asked at once than there are threads.
 */
export class HashProcess {
  readonly #threads: number;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last = 0;

  constructor({ threads, timeoutMs = TIMEOUT_MS }: { threads: number; timeoutMs?: number }) {
    this.#threads = threads;
    this.#timeoutMs = timeoutMs;
  }

  /** Its number while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async hash(password: string, options: Options): Promise<string> {
    return (await this.#ask({ stored: null, password, options })) as string;
  }

  async verify(stored: string, password: string, options: Options): Promise<boolean> {
    return (await this.#ask({ stored, password, options })) === true;
  }

  /** Ends it; what it was working on is refused. */
  stop(): void {
    this.#end();
    this.#refuseAll();
    clearTimeout(this.#idle);
  }

  #ask(task: Task): Promise<string | boolean> {
    return new Promise((resolve, reject) => {
      clearTimeout(this.#idle);
      const child = (this.#child ??= this.#start());
      child.ref();
      child.channel?.ref();
      const id = (this.#last += 1);
      const timer = setTimeout(() => this.#lose(child), this.#timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      child.send({ id, ...task }, (error) => error && this.#lose(child));
    });
  }

  #start(): ChildProcess {
    const child = fork(WORKER, [], {
      execArgv: MEMORY,
      env: environment(this.#threads),
      serialization: 'advanced',
    });
    lower(child);
    child.on('message', ({ id, result }: Answer) => this.#settle(id, result));
    child.on('error', () => this.#lose(child));
    child.on('exit', () => this.#lose(child));
    return child;
  }

  #settle(id: number, result: string | boolean | undefined): void {
    const task = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(task?.timer);
    if (result === undefined) task?.reject(refused.unavailable());
    else task?.resolve(result);
    if (this.#waiting.size > 0) return;
    // With nothing to do it keeps nobody from ending.
    this.#child?.unref();
    this.#child?.channel?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
  }

  #refuseAll(): void {
    for (const id of this.#waiting.keys()) this.#settle(id, undefined);
  }

  /** What it was working on is lost with it; it may hang, or be gone already. */
  #lose(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    child.kill('SIGKILL');
    this.#refuseAll();
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    if (child?.connected) child.disconnect();
  }
}

/** Before it has threads, so that all of them have it. A system that forbids it does without. */
function lower({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Sign-ins work all the same.
  }
}

/** None of our settings: keys and addresses of databases are nothing to it. What Windows needs libuv adds itself. */
const environment = (threads: number): NodeJS.ProcessEnv => ({ UV_THREADPOOL_SIZE: String(threads) });
