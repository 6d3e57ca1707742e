import { createHash, randomBytes } from 'node:crypto';
import type { Logger } from '@kept/subgraph-kit';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

/** What is left of a limit after something was counted. */
export interface Taken {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Until everything is there again. */
  readonly resetSeconds: number;
}

/** Counts so much per key and window. A window begins with the key's first count; more attempts do not lengthen it. */
export interface Counter {
  readonly name: string;
  /** What one window holds. */
  readonly limit: number;
  readonly windowSeconds: number;
  take(key: string, points?: number): Promise<Taken>;
}

/** Where things are counted: in this process, or in the Redis that all gateways share. */
export interface Counters {
  /** `perMinute` in windows of so many seconds: shorter ones let nobody spend a minute's share at once, and end sooner. */
  counter(name: string, perMinute: number, windowSeconds?: number): Counter;
  close(): Promise<void>;
}

const MINUTE = 60;

/**
 * Opens the counters. Without `redisUrl` every process counts for itself; with it they count together, and each for itself
 * again while Redis is away or slow: a limit never goes away, and never makes a request fail.
 */
export async function openCounters({
  redisUrl,
  log,
  keysMax = 100_000,
}: {
  redisUrl?: string | undefined;
  log: Logger;
  keysMax?: number;
}): Promise<Counters> {
  // Loaded only where there is a Redis: its client is a megabyte of code.
  const redis = redisUrl
    ? (await import('@kept/jobs/redis')).connectRedis({ url: redisUrl, log })
    : undefined;
  const crowd = openCrowd(keysMax);
  return {
    counter(name, perMinute, windowSeconds = MINUTE) {
      const limit = Math.max(1, Math.ceil((perMinute * windowSeconds) / MINUTE));
      const own = { points: limit, duration: windowSeconds, keyPrefix: `kept:limit:${name}` };
      const memory = new RateLimiterMemory(own);
      const limiter = redis
        ? new RateLimiterRedis({
            ...own,
            storeClient: redis.client,
            rejectIfRedisNotReady: true,
            insuranceLimiter: memory,
            // Whoever is over the limit is refused here until their window ends: a flood does not reach Redis.
            inMemoryBlockOnConsumed: limit,
          })
        : memory;
      return {
        name,
        limit,
        windowSeconds,
        take: (key, points = 1) => take(limiter, crowd(key), Math.ceil(points)),
      };
    },
    close: async () => redis?.close(),
  };
}

async function take(
  limiter: RateLimiterMemory | RateLimiterRedis,
  key: string,
  points: number,
): Promise<Taken> {
  const taken = (allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Taken => ({
    allowed,
    remaining: remainingPoints,
    resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  });
  try {
    return taken(true, await limiter.consume(key, points));
  } catch (error) {
    // The library rejects with the state when the limit is reached, and with an error when it is broken.
    if (error instanceof RateLimiterRes) return taken(false, error);
    throw error;
  }
}

const CROWD_KEYS = 1_024;

/**
 * Bounds how many keys are remembered: whoever has a network of 2^40 addresses must not fill our memory. Above `keysMax`
 * new ones of a minute share 1024 keys, chosen by a hash that nobody outside can foresee; known ones keep their own.
 */
export function openCrowd(keysMax: number): (key: string) => string {
  const secret = randomBytes(16);
  let [current, before] = [new Set<string>(), new Set<string>()];
  let turnAt = performance.now() + MINUTE * 1_000;
  return (key) => {
    if (performance.now() >= turnAt) {
      [current, before] = [new Set(), current];
      turnAt = performance.now() + MINUTE * 1_000;
    }
    if (current.has(key)) return key;
    if (current.size < keysMax || (before.has(key) && current.size < 2 * keysMax)) {
      current.add(key);
      return key;
    }
    const hash = createHash('sha256').update(secret).update(key).digest();
    return `crowd:${hash.readUInt32BE(0) % CROWD_KEYS}`;
  };
}
