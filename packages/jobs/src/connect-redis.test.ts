import { describeWithRedis, eventually, redisForTests, startTcpProxy } from '@kept/testing';
import type { Redis } from 'ioredis';
import { connectRedis } from './connect-redis.ts';
import { listeningLog } from './stores-for-tests.ts';

describeWithRedis('a connection for counters', () => {
  it('refuses at once while Redis is away, says so once, and comes back by itself', async () => {
    const redis = await redisForTests();
    if (!redis) throw new Error('There is no Redis.');
    const proxy = await startTcpProxy({ targetUrl: redis.url });
    const log = listeningLog();
    const connection = connectRedis({ url: proxy.url, log });
    const client = connection.client as Redis;
    try {
      await eventually(async () => (await client.ping()) === 'PONG');
      // The server counts, and its answer is lost in silence: nobody waits for it longer than a command may take.
      proxy.arm('kept-test:swallowed', 'swallow-reply');
      await expect(client.incr('kept-test:swallowed')).rejects.toThrow(/timed out/);
      proxy.cutAll();
      await eventually(() => client.status !== 'ready');
      await expect(client.ping()).rejects.toThrow();
      await eventually(async () => (await client.ping()) === 'PONG');
      expect(log.said.filter(({ level }) => level === 'warn').length).toBeLessThanOrEqual(1);
    } finally {
      await connection.close();
      await proxy.stop();
      await redis.stop();
    }
  });

  it('never tells a password', () => {
    const connection = connectRedis({ url: 'redis://user:secret@127.0.0.1:1', log: listeningLog() });
    expect(connection.place).toBe('Redis at 127.0.0.1:1');
    return connection.close();
  });
});
