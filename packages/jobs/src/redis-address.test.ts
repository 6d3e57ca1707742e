import { readRedisAddress, redisPlace } from './redis-address.ts';

describe('REDIS_URL', () => {
  it('names one server', () => {
    expect(readRedisAddress('redis://127.0.0.1')).toEqual({
      kind: 'server',
      tls: false,
      server: { host: '127.0.0.1', port: 6379 },
      database: 0,
    });
    expect(readRedisAddress('rediss://kept:p%40ss:word@cache.example:6380/2')).toEqual({
      kind: 'server',
      tls: true,
      username: 'kept',
      password: 'p@ss:word',
      server: { host: 'cache.example', port: 6380 },
      database: 2,
    });
    expect(readRedisAddress('redis://:secret@[::1]:7000')).toMatchObject({
      password: 'secret',
      server: { host: '::1', port: 7000 },
    });
  });

  it('names Sentinels and the group they watch', () => {
    expect(readRedisAddress('redis+sentinel://:pw@h1,h2:26380,h3/kept')).toEqual({
      kind: 'sentinel',
      tls: false,
      password: 'pw',
      sentinels: [
        { host: 'h1', port: 26379 },
        { host: 'h2', port: 26380 },
        { host: 'h3', port: 26379 },
      ],
      masterName: 'kept',
    });
  });

  it('names nodes of a cluster', () => {
    expect(readRedisAddress('redis+cluster://h1:7001,h2:7002,h3')).toEqual({
      kind: 'cluster',
      tls: false,
      nodes: [
        { host: 'h1', port: 7001 },
        { host: 'h2', port: 7002 },
        { host: 'h3', port: 6379 },
      ],
    });
  });

  it.each([
    ['', 'cannot be read'],
    ['localhost:6379', 'cannot be read'],
    ['postgres://localhost', 'cannot be read'],
    ['redis://', 'host'],
    ['redis://a,b', 'several hosts'],
    ['redis://a:99999', 'port'],
    ['redis://a/two', 'database'],
    ['redis+sentinel://a,b', 'master group'],
    ['redis+cluster://a,b/3', 'cannot name a database'],
    ['redis+cluster://a,,b', 'host'],
  ])('is refused with a reason: "%s"', (url, reason) => {
    expect(() => readRedisAddress(url)).toThrow(reason);
  });

  it('is described without secrets', () => {
    expect(redisPlace(readRedisAddress('redis://u:pw@h/1'))).toBe('Redis at h:6379');
    expect(redisPlace(readRedisAddress('redis+sentinel://u:pw@h/kept'))).toBe(
      'Redis "kept" behind Sentinel at h:26379',
    );
  });
});
