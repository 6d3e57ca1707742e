import { createConnection } from 'node:net';
import { describeWithRedis, redisForTests, redisIsAvailable, type TestRedis } from './redis.ts';

describeWithRedis('a Redis for one suite', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    const found = await redisForTests();
    if (!found) throw new Error('There was a Redis a moment ago.');
    redis = found;
  });
  afterAll(() => redis.stop());

  const tell = (command: string): Promise<string> =>
    new Promise((done, fail) => {
      const { hostname, port } = new URL(redis.url);
      const socket = createConnection({ host: hostname, port: Number(port || 6379) }, () =>
        socket.write(`${command}\r\n`),
      );
      socket.once('data', (data) => {
        socket.destroy();
        done(data.toString().trim());
      });
      socket.once('error', fail);
    });

  it('answers, and ends when it is ours', async () => {
    expect(await tell('PING')).toBe('+PONG');
    const own = await redisForTests();
    await own?.stop();
    if (own?.own) await expect(fetch(own.url.replace('redis:', 'http:'))).rejects.toThrow();
    expect(await tell('PING')).toBe('+PONG');
  });
});

it('knows that there is no Redis when neither REDIS_URL nor the PATH has one', async () => {
  const { REDIS_URL: url, PATH: path } = process.env;
  delete process.env['REDIS_URL'];
  process.env['PATH'] = '/nowhere';
  try {
    expect(redisIsAvailable()).toBe(false);
    expect(await redisForTests()).toBeNull();
  } finally {
    process.env['PATH'] = path;
    if (url !== undefined) process.env['REDIS_URL'] = url;
  }
});
