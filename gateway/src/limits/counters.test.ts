import { openLog } from '@kept/subgraph-kit';
import { describeWithRedis, eventually, redisForTests, startTcpProxy } from '@kept/testing';
import { randomUUID } from 'node:crypto';
import { openCounters, openCrowd, type Counter } from './counters.ts';

const log = openLog({ service: 'test', level: 'silent' });

describe('a counter', () => {
  it('allows its limit and refuses what comes after it, for each key apart', async () => {
    const counter = (await openCounters({ log })).counter('test', 3);
    for (const remaining of [2, 1, 0])
      expect(await counter.take('anna')).toMatchObject({ allowed: true, remaining });
    const refused = await counter.take('anna');
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.resetSeconds).toBeGreaterThan(0);
    expect(refused.resetSeconds).toBeLessThanOrEqual(60);
    expect(await counter.take('bert')).toMatchObject({ allowed: true });
  });

  it('counts a budget in points, and refuses what is larger than what is left', async () => {
    const counter = (await openCounters({ log })).counter('test', 100);
    expect(await counter.take('anna', 99.2)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await counter.take('anna', 1)).toMatchObject({ allowed: false });
    expect(await counter.take('bert', 101)).toMatchObject({ allowed: false });
  });
});

it('remembers no more keys than it may: new ones share a few, known ones keep their own', () => {
  const crowd = openCrowd(100);
  const own = Array.from({ length: 100 }, (_, at) => crowd(`a${at}`));
  expect(own).toEqual(Array.from({ length: 100 }, (_, at) => `a${at}`));
  const shared = new Set(Array.from({ length: 20_000 }, (_, at) => crowd(`b${at}`)));
  expect(shared.size).toBeLessThanOrEqual(1_024);
  expect(shared.size).toBeGreaterThan(500);
  expect(crowd('a7')).toBe('a7');
});

describeWithRedis('counters over Redis', () => {
  it('are shared by all gateways, and go on in each while Redis is away', async () => {
    const redis = await redisForTests();
    if (!redis) throw new Error('There is no Redis.');
    const proxy = await startTcpProxy({ targetUrl: redis.url });
    const one = await openCounters({ redisUrl: proxy.url, log });
    const other = await openCounters({ redisUrl: redis.url, log });
    // A server that others use may know this key.
    const key = randomUUID();
    try {
      const [mine, theirs] = [one.counter('test', 4), other.counter('test', 4)];
      // Until the connection stands each counts for itself.
      const warm = [one.counter('warm', 1_000_000), other.counter('warm', 1_000_000)] as const;
      const sees = async ([seeing, taking]: readonly [Counter, Counter]) => {
        const { remaining } = await seeing.take(key);
        await taking.take(key, 100);
        return (await seeing.take(key)).remaining === remaining - 101;
      };
      await eventually(async () => (await sees(warm)) && (await sees([warm[1], warm[0]])));
      expect(await mine.take(key, 2)).toMatchObject({ allowed: true, remaining: 2 });
      expect(await theirs.take(key)).toMatchObject({ allowed: true, remaining: 1 });
      expect(await mine.take(key, 2)).toMatchObject({ allowed: false });
      expect(await theirs.take(key)).toMatchObject({ allowed: false });

      await proxy.stop();
      const away = randomUUID();
      for (const remaining of [3, 2, 1, 0])
        expect(await mine.take(away)).toMatchObject({ allowed: true, remaining });
      expect(await mine.take(away)).toMatchObject({ allowed: false });
      expect(await theirs.take(away)).toMatchObject({ allowed: true, remaining: 3 });
    } finally {
      await Promise.all([one.close(), other.close()]);
      await redis.stop();
    }
  });
});
