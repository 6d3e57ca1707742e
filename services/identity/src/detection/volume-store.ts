import type { Transaction } from '@kept/database';
import { RateLimiterPostgres, RateLimiterRedis, type RateLimiterStoreAbstract } from 'rate-limiter-flexible';

/** Counts events under keys; each key belongs to one window, so that the service's clock decides and not the store's. */
export interface VolumeStore {
  /** Counters for one failure, within its transaction where they lie in PostgreSQL. */
  open(tx: Transaction): VolumeCounters;
}

export interface VolumeCounters {
  /** One more; answers how many there are. */
  add(key: string): Promise<number>;
  /** How many there are. */
  read(key: string): Promise<number>;
}

/** Longer than any window: the store forgets by its own clock, and by then nobody asks any more. */
const KEPT_SECONDS = 3_600;
// `points` is what the library would refuse beyond. Here nothing is refused: limits.ts and detectors.ts say what is too much.
const UNLIMITED = 1_000_000_000;

const countersOf = (limiter: RateLimiterStoreAbstract): VolumeCounters => ({
  add: async (key) => (await limiter.penalty(key, 1)).consumedPoints,
  read: async (key) => (await limiter.get(key))?.consumedPoints ?? 0,
});

/** In the service's own database: one upsert each, all of a failure in one transaction and in one order. */
export function postgresVolume(): VolumeStore {
  return {
    open: (tx) =>
      countersOf(
        new RateLimiterPostgres({
          // What the library needs of a client: `query` with a text and values.
          storeClient: {
            query: async ({ text, values }: { text: string; values: unknown[] }) => {
              const rows = await tx.query(text, values);
              return { rows, rowCount: rows.length };
            },
          },
          storeType: 'client',
          tableName: 'volume_counter',
          tableCreated: true,
          clearExpiredByTimeout: false,
          keyPrefix: 'v',
          points: UNLIMITED,
          duration: KEPT_SECONDS,
        }),
      ),
  };
}

/**
 * In Redis, shared by all processes at a tenth of the cost. While it is away the counters of the database count on:
 * they begin anew, which finds an attack later and shuts nobody out. What was decided lies in PostgreSQL either way.
 */
export function redisVolume(client: object): VolumeStore {
  const postgres = postgresVolume();
  const redis = countersOf(
    new RateLimiterRedis({
      storeClient: client,
      keyPrefix: 'kept:identity:v',
      points: UNLIMITED,
      duration: KEPT_SECONDS,
      rejectIfRedisNotReady: true,
    }),
  );
  return {
    open: (tx) => {
      const instead = postgres.open(tx);
      return {
        add: (key) => redis.add(key).catch(() => instead.add(key)),
        read: (key) => redis.read(key).catch(() => instead.read(key)),
      };
    },
  };
}
