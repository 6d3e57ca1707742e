import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { withinDeadline } from './deadline.ts';
import type { RedisAddress } from './redis-address.ts';

export type Client = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 5_000;
const QUIT_TIMEOUT_MS = 1_000;
// It tries for ever, at least every two seconds: a queue that is away is trouble, never the end of the process.
const retryStrategy = (times: number): number => Math.min(100 * 2 ** Math.min(times, 5), 2_000);

/** Opens a connection that comes back by itself. `how` says what becomes of commands while it is away. */
export function openClient(
  address: RedisAddress,
  how: Pick<RedisOptions, 'maxRetriesPerRequest' | 'enableOfflineQueue' | 'commandTimeout'>,
): Client {
  const { username, password, tls } = address;
  const common: RedisOptions = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    ...how,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy,
  };
  if (address.kind === 'cluster') {
    return new Cluster(address.nodes, { redisOptions: common, clusterRetryStrategy: retryStrategy });
  }
  if (address.kind === 'sentinel') {
    const { sentinels, masterName } = address;
    return new Redis({ ...common, sentinels, name: masterName, sentinelRetryStrategy: retryStrategy });
  }
  return new Redis({ ...common, ...address.server, db: address.database });
}

/** Says goodbye; what does not answer in time is cut. */
export async function quit(client: Client): Promise<void> {
  if (client.status !== 'ready') return client.disconnect();
  await withinDeadline(client.quit(), QUIT_TIMEOUT_MS, () => new Error('QUIT was not answered')).catch(() =>
    client.disconnect(),
  );
}
