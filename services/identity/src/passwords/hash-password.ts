import { availableParallelism } from 'node:os';
import { randomBytes } from 'node:crypto';
import type { Algorithm, Options } from '@node-rs/argon2';
import { refused } from '@kept/subgraph-kit';
import { HashProcess } from './hash-process.ts';
import { isOverlong } from './password-policy.ts';

// OWASP ASVS 5.0 appendix C: argon2id with 19 MiB, two passes, one lane; 12 ms of CPU (facts, measured).
// Algorithm.Argon2id: a const enum of a package cannot be read under isolatedModules.
const ARGON2ID = 2 as Algorithm;
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const CURRENT = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`;
// A queue longer than this would answer after people have given up, and let an attacker buy our CPU on credit.
const QUEUE_MAX = 32;
// 19 MiB each, so many at most unless UV_THREADPOOL_SIZE says otherwise.
const THREADS = 4;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** A hash, and the pepper it was made with. */
export interface HashedPassword {
  readonly hash: string;
  readonly pepperVersion: number;
}

/** A secret that the database does not hold: argon2's `secret`. The newest hashes; older ones verify until they are renewed. */
export interface Pepper {
  readonly version: number;
  readonly secret: Buffer;
}

/** In which line work waits: an attack on clients must not keep staff waiting, nor one on staff clients. */
export type HashLine = 'CLIENT' | 'STAFF';

/** How many hashes are made at once: one a core, each on a thread of the process that makes them. */
export const hashesAtOnce = (threads = THREADS, cores = availableParallelism()): number =>
  Math.max(1, Math.min(cores, threads));

/** Hashes and verifies passwords, as many at once as there are cores. */
export interface PasswordHasher {
  hash(password: string, line?: HashLine): Promise<HashedPassword>;
  /** With `undefined` for a hash nobody has: costs the same and is never right. */
  verify(stored: HashedPassword | undefined, password: string, line?: HashLine): Promise<boolean>;
  isCurrent(stored: HashedPassword): boolean;
  /** The process that works, while it runs. */
  readonly pid: number | undefined;
  /** Ends it. What it was working on, and what waits, is refused. */
  stop(): void;
}

/** Opens the pool of argon2id work. What finds its line full is refused with RATE_LIMITED. */
export function openPasswordHasher(options: {
  peppers: readonly [newest: Pepper, ...older: Pepper[]];
  concurrency?: number;
  queueMax?: number;
}): PasswordHasher {
  const { concurrency = hashesAtOnce(), queueMax = QUEUE_MAX } = options;
  const run = openPool(concurrency, queueMax);
  const argon2 = new HashProcess({ threads: concurrency });
  const [newest] = options.peppers;
  const settingsOf = ({ secret }: Pepper): Options => ({
    algorithm: ARGON2ID,
    memoryCost: MEMORY_KIB,
    timeCost: PASSES,
    parallelism: LANES,
    secret,
  });
  const byVersion = new Map(options.peppers.map((pepper) => [pepper.version, settingsOf(pepper)]));
  const current = settingsOf(newest);
  // Of no password, so that an unknown address costs one verification, as a known one does.
  const decoy = `${CURRENT}${base64(SALT_BYTES)}$${base64(HASH_BYTES)}`;

  return {
    hash: (password, line = 'CLIENT') =>
      run(line, async () => ({
        hash: await argon2.hash(password, current),
        pepperVersion: newest.version,
      })),
    verify: (stored, password, line = 'CLIENT') =>
      run(line, async () => {
        // Of a pepper that is not here any more nothing can be said: wrong, at the price of any other.
        const settings = stored && byVersion.get(stored.pepperVersion);
        if (stored === undefined || settings === undefined || isOverlong(password)) {
          await argon2.verify(decoy, 'decoy', current);
          return false;
        }
        return argon2.verify(stored.hash, password, settings);
      }),
    isCurrent: (stored) => stored.hash.startsWith(CURRENT) && stored.pepperVersion === newest.version,
    get pid() {
      return argon2.pid;
    },
    stop: () => argon2.stop(),
  };
}

/** Random, as argon2 writes it in a hash. */
const base64 = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '');

function openPool(concurrency: number, queueMax: number) {
  const waiting: Readonly<Record<HashLine, (() => void)[]>> = { STAFF: [], CLIENT: [] };
  let running = 0;
  let last: HashLine = 'CLIENT';
  // In turns while both lines wait: whichever of them an attacker fills, the other keeps half of the pool.
  const takeNext = () => {
    const other = last === 'CLIENT' ? 'STAFF' : 'CLIENT';
    const line = waiting[other].length > 0 ? other : last;
    last = line;
    return waiting[line].shift();
  };
  return async function run<T>(line: HashLine, work: () => Promise<T>): Promise<T> {
    if (running >= concurrency) {
      const own = waiting[line];
      if (own.length >= queueMax) throw refused.rateLimited(2);
      await new Promise<void>((resolve) => own.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = takeNext();
      if (next) next();
      else running -= 1;
    }
  };
}
