import pg from 'pg';
import { CarrierUnavailable } from './errors.ts';
import { defineJob, handler } from './job.ts';
import {
  eventually,
  anyService,
  describeEachStore,
  doorBefore,
  listeningLog,
  type TestStore,
} from './stores-for-tests.ts';

const greet = defineJob<{ number: number }>({ name: 'greet' });

const tick = defineJob({ name: 'tick' });

const behind = (store: TestStore, url: string): object =>
  store.kind === 'postgres' ? { postgresUrl: url } : { redisUrl: url };

describeEachStore('when the store is away', (store) => {
  it('starts without it, refuses to enqueue in time, and works as soon as it is there', async () => {
    const door = await doorBefore(store.url());
    const log = listeningLog();
    const carrier = store.open({
      ...behind(store, door.url),
      log,
      enqueueTimeoutMs: 300,
      scheduleCheckMs: 200,
    });
    const done: number[] = [];
    let ticks = 0;
    carrier.work([
      handler(greet, async ({ number }) => void done.push(number)),
      handler(tick, async () => void (ticks += 1)),
    ]);
    await carrier.every(tick, { everyMs: 60_000 });
    const before = performance.now();
    await expect(carrier.enqueue(greet, { number: 1 })).rejects.toThrow(CarrierUnavailable);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(log.said.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await door.open();
    await eventually(() => carrier.enqueue(greet, { number: 2 }).then(() => true));
    await eventually(() => done.includes(2));
    expect(log.said.some(({ sentence }) => sentence.includes('answers again'))).toBe(true);
    await eventually(() => ticks > 0);
    await carrier.close();
    await door.shut();
  });

  it('survives that it goes away in the middle, and goes on when it is back', async () => {
    const door = await doorBefore(store.url());
    await door.open();
    const log = listeningLog();
    const carrier = store.open({ ...behind(store, door.url), log, enqueueTimeoutMs: 300 });
    const done: number[] = [];
    carrier.work([handler(greet, async ({ number }) => void done.push(number))]);
    await eventually(() => carrier.enqueue(greet, { number: 1 }).then(() => true));
    await eventually(() => done.includes(1));
    await door.shut();
    await expect(carrier.enqueue(greet, { number: 2 })).rejects.toThrow(CarrierUnavailable);
    await door.open();
    await eventually(() => carrier.enqueue(greet, { number: 3 }).then(() => true));
    await eventually(() => done.includes(3));
    await carrier.close();
    await door.shut();
  });

  it('closes in time although it never was there', async () => {
    const door = await doorBefore(store.url());
    const carrier = store.open({ ...behind(store, door.url), drainMs: 100 });
    carrier.work([handler(greet, async () => undefined)]);
    const before = performance.now();
    await carrier.close();
    expect(performance.now() - before).toBeLessThan(6_000);
    await expect(carrier.enqueue(greet, { number: 1 })).rejects.toThrow('closed');
  });

  if (store.kind === 'postgres') {
    it('comes back after the server has ended every connection', async () => {
      const service = anyService();
      const carrier = store.open({ service });
      const done: number[] = [];
      carrier.work([handler(greet, async ({ number }) => void done.push(number))]);
      await carrier.enqueue(greet, { number: 1 });
      await eventually(() => done.includes(1));
      const client = new pg.Client({ connectionString: store.url() });
      await client.connect();
      const ended = await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await client.end();
      expect(ended.rowCount).toBeGreaterThan(0);
      await eventually(() => carrier.enqueue(greet, { number: 2 }).then(() => true));
      await eventually(() => done.includes(2));
    });

    it('holds at most two connections for four queues, two workers and a schedule', async () => {
      const carrier = store.open();
      const other = defineJob<{ number: number }>({ name: 'other', lane: 'events' });
      let done = 0;
      const count = async (): Promise<void> => void (done += 1);
      carrier.work([handler(greet, count), handler(other, count)], { concurrency: 8 });
      await carrier.every(defineJob({ name: 'tick' }), { everyMs: 200 });
      const entries = Array.from({ length: 40 }, (_, number) => ({ data: { number } }));
      await Promise.all([
        carrier.enqueueMany(greet, entries),
        carrier.enqueueMany(other, entries),
        carrier.enqueueMany(greet, entries, { service: 'nobody-a' }),
        carrier.enqueueMany(greet, entries, { service: 'nobody-b' }),
      ]);
      const client = new pg.Client({ connectionString: store.url() });
      await client.connect();
      const seen: number[] = [];
      await eventually(
        async () => {
          const { rows } = await client.query(
            "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'kept-' || $1 || '-queue'",
            [carrier.service],
          );
          seen.push(rows[0].n);
          return done >= 80;
        },
        { withinMs: 10_000, everyMs: 5 },
      );
      await client.end();
      expect(Math.max(...seen)).toBeGreaterThan(0);
      expect(Math.max(...seen)).toBeLessThanOrEqual(2);
    });
  }
});
