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

/** The pepper's version; it moves when `KEPT_PASSWORD_PEPPER` does, and old hashes are renewed at sign-in. */
export const PEPPER_VERSION = 1;

/** Hashes and verifies passwords, as many at once as there are cores. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** With `undefined` for a hash nobody has: costs the same and is never right. */
  verify(stored: string | undefined, password: string): Promise<boolean>;
  isCurrent(stored: string): boolean;
}

/** Opens the pool of argon2id work. What finds the queue full is refused with RATE_LIMITED. */
export function openPasswordHasher(options: {
  pepper: Buffer;
  concurrency?: number;
  queueMax?: number;
}): PasswordHasher {
  const run = openPool(options.concurrency ?? availableParallelism(), options.queueMax ?? QUEUE_MAX);
  const argon2: Options = {
    algorithm: ARGON2ID,
    memoryCost: MEMORY_KIB,
    timeCost: PASSES,
    parallelism: LANES,
    secret: options.pepper,
  };
  // Made once per process, so that an unknown address costs one verification, as a known one does.
  const decoy = hash(randomBytes(24).toString('base64'), argon2);

  return {
    hash: (password) => run(() => hash(password, argon2)),
    verify: (stored, password) =>
      run(async () => {
        const known = stored !== undefined && !isOverlong(password);
        const right = await verify(known ? stored : await decoy, known ? password : 'decoy', argon2);
        return right && known;
      }),
    isCurrent: (stored) => stored.startsWith(CURRENT),
  };
}

function openPool(concurrency: number, queueMax: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrency) {
      if (waiting.length >= queueMax) throw refused.rateLimited(2);
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
