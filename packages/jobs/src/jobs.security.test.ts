import { Redis } from 'ioredis';
import pg from 'pg';
import { openCarrier } from './carrier.ts';
import { describeError } from './errors.ts';
import { defineJob, handler } from './job.ts';
import { readRedisAddress } from './redis-address.ts';
import { eventually, describeEachStore, listeningLog, type TestStore } from './stores-for-tests.ts';

// The hole: an exception's message quotes whatever it tripped over ("Key (email)=(ada@example.org) already exists"), and a
// queue keeps that message with the failed job for days, outside the encryption and the erasure of the database.
const CANARY = 'canary-ada@example.org';
const leaky = defineJob<{ rowId: string }>({ name: 'leaky', attempts: 1 });

async function everythingIn(store: TestStore): Promise<string> {
  if (store.kind === 'redis') {
    const redis = new Redis(store.url());
    const parts: unknown[] = [];
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key);
      if (type === 'hash') parts.push(key, await redis.hgetall(key));
      else if (type === 'stream') parts.push(key, await redis.xrange(key, '-', '+'));
      else parts.push(key);
    }
    await redis.quit();
    return JSON.stringify(parts);
  }
  const client = new pg.Client({ connectionString: store.url() });
  await client.connect();
  const { rows: jobs } = await client.query('SELECT * FROM bullmq.job');
  const { rows: events } = await client.query('SELECT * FROM bullmq.event');
  await client.end();
  return JSON.stringify([jobs, events]);
}

describeEachStore('what a failed job leaves behind', (store) => {
  it('is the kind of error, never its message', async () => {
    const carrier = store.open();
    const failing = handler(leaky, async () => {
      throw Object.assign(new TypeError(`cannot send to ${CANARY}`), { code: 'EENVELOPE' });
    });
    carrier.work([failing]);
    await carrier.enqueue(leaky, { rowId: 'b2f0' });
    await eventually(async () => (await carrier.backlog()).failed === 1);
    const everything = await everythingIn(store);
    expect(everything).toContain('TypeError EENVELOPE');
    expect(everything).toContain('b2f0');
    expect(everything).not.toContain('canary');
  });
});

describe('what is written to the log', () => {
  it('of a database error is its code and constraint, never the row it quotes', async () => {
    const detail = `Key (email)=(${CANARY}) already exists.`;
    const error = Object.assign(new Error(`duplicate key: ${detail}`), {
      code: '23505',
      constraint: 'one_account',
      detail,
    });
    const fromTypeorm = Object.assign(new Error(CANARY), { query: 'INSERT …', parameters: [CANARY] });
    const log = listeningLog();
    log.warn({ one: describeError(error), two: describeError(fromTypeorm) }, 'failed');
    expect(JSON.stringify(log.said)).toContain('one_account');
    expect(JSON.stringify(log.said)).not.toContain('canary');
  });

  it('of an address that cannot be read never is its password', () => {
    for (const url of [
      'redis://:canary-secret@a,b',
      'redis+sentinel://:canary-secret@a',
      'http://canary-secret',
    ]) {
      expect(() => readRedisAddress(url)).toThrow(/^REDIS_URL (?!.*canary)/);
    }
    const open = (): unknown =>
      openCarrier({ service: 'x', redisUrl: 'redis://:canary-secret@a,b', log: listeningLog() });
    expect(open).toThrow(/^REDIS_URL (?!.*canary)/);
  });
});
