import { describeError } from './errors.ts';
import type { Log } from './log.ts';
import { readRedisAddress, redisPlace } from './redis-address.ts';
import { openClient, quit } from './redis-client.ts';

/** A connection to Redis for something that is no queue, such as counters. */
export interface RedisConnection {
  /** An ioredis client, for libraries that take one. */
  readonly client: object;
  /** For sentences: "Redis at 10.0.0.4:6379". Never a password. */
  readonly place: string;
  close(): Promise<void>;
}

// Somebody waits for every command: rather no answer than a late one.
const COMMAND_TIMEOUT_MS = 250;

/**
 * Connects to the Redis of `REDIS_URL` (one server, Sentinel or Cluster) in the background. A command fails at once while
 * Redis is away, and after 250 ms when it is slow: whoever asks must know what to do then. Says in the log that it went
 * and came back, once each.
 */
export function connectRedis({ url, log }: { url: string; log: Log }): RedisConnection {
  const address = readRedisAddress(url);
  const place = redisPlace(address);
  const client = openClient(address, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
  });
  let isAway = false;
  client.on('error', (error: Error) => {
    if (isAway) return;
    isAway = true;
    log.warn({ error: describeError(error) }, `${place} does not answer; counters are this process's own.`);
  });
  client.on('ready', () => {
    if (isAway) log.info({}, `${place} answers again.`);
    isAway = false;
  });
  return { client, place, close: () => quit(client) };
}
