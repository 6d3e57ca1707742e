import { availableParallelism } from 'node:os';
import { randomBytes } from 'node:crypto';
import { hash, verify, type Algorithm, type Options } from '@node-rs/argon2';
import { refused } from '@kept/subgraph-kit';
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
// argon2 runs on libuv's threads, of which files and names of hosts need some as well: as many are left to them.
const THREADS_LEFT = 2;
const THREADS = 4; // what libuv has when UV_THREADPOOL_SIZE does not say

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

/** How many hashes are made at once: one a core, and never so many that nothing else gets a thread of libuv's. */
export const hashesAtOnce = (threads = THREADS, cores = availableParallelism()): number =>
  Math.max(1, Math.min(cores, threads - THREADS_LEFT));

/** Hashes and verifies passwords, as many at once as there are cores. */
export interface PasswordHasher {
  hash(password: string, line?: HashLine): Promise<HashedPassword>;
  /** With `undefined` for a hash nobody has: costs the same and is never right. */
  verify(stored: HashedPassword | undefined, password: string, line?: HashLine): Promise<boolean>;
  isCurrent(stored: HashedPassword): boolean;
}

/** Opens the pool of argon2id work. What finds its line full is refused with RATE_LIMITED. */
export function openPasswordHasher(options: {
  peppers: readonly [newest: Pepper, ...older: Pepper[]];
  concurrency?: number;
  queueMax?: number;
}): PasswordHasher {
  const run = openPool(options.concurrency ?? hashesAtOnce(), options.queueMax ?? QUEUE_MAX);
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
  // Made once per process, so that an unknown address costs one verification, as a known one does.
  const decoy = hash(randomBytes(24).toString('base64'), current);

  return {
    hash: (password, line = 'CLIENT') =>
      run(line, async () => ({ hash: await hash(password, current), pepperVersion: newest.version })),
    verify: (stored, password, line = 'CLIENT') =>
      run(line, async () => {
        // Of a pepper that is not here any more nothing can be said: wrong, at the price of any other.
        const settings = stored && byVersion.get(stored.pepperVersion);
        if (stored === undefined || settings === undefined || isOverlong(password)) {
          await verify(await decoy, 'decoy', current);
          return false;
        }
        return verify(stored.hash, password, settings);
      }),
    isCurrent: (stored) => stored.hash.startsWith(CURRENT) && stored.pepperVersion === newest.version,
  };
}

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
