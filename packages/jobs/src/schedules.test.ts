import { Redis } from 'ioredis';
import { defineJob, handler } from './job.ts';
import { eventually, anyService, describeEachStore } from './stores-for-tests.ts';

const sweep = defineJob({ name: 'sweep' });

describeEachStore('a schedule', (store) => {
  it('runs again and again, once for all processes however often it is declared', async () => {
    const service = anyService();
    const ran: number[] = [];
    for (const one of [store.open({ service }), store.open({ service })]) {
      await one.every(sweep, { everyMs: 300 });
      await one.every(sweep, { everyMs: 300 });
      one.work([handler(sweep, async () => void ran.push(performance.now()))]);
    }
    await eventually(() => ran.length >= 5);
    const gaps = ran.slice(1).map((at, index) => at - (ran[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).toBeGreaterThan(200);
  });

  it('keeps its rhythm when a process starts and declares it again', async () => {
    const service = anyService();
    const first = store.open({ service });
    let ran = 0;
    first.work([handler(sweep, async () => void (ran += 1))]);
    await first.every(sweep, { everyMs: 60_000 });
    await eventually(() => ran === 1);
    const second = store.open({ service });
    await second.every(sweep, { everyMs: 60_000 });
    await second.every(sweep, { everyMs: 60_000 });
    expect(await first.backlog()).toMatchObject({ delayed: 1, waiting: 0 });
    expect(ran).toBe(1);
  });

  it('can be given another interval, also at the moment it runs', async () => {
    const carrier = store.open({ scheduleCheckMs: 100 });
    let ran = 0;
    carrier.work([handler(sweep, async () => void (ran += 1))]);
    await carrier.every(sweep, { everyMs: 60_000 });
    await carrier.every(sweep, { everyMs: 100 });
    await eventually(() => ran >= 8);
  });

  it('refuses an interval that would only burn the machine', async () => {
    const carrier = store.open();
    await expect(carrier.every(sweep, { everyMs: 5 })).rejects.toThrow('at least 100');
  });

  if (store.kind === 'redis') {
    it('comes back after Redis has lost everything', async () => {
      const carrier = store.open({ scheduleCheckMs: 100 });
      let ran = 0;
      carrier.work([handler(sweep, async () => void (ran += 1))]);
      await carrier.every(sweep, { everyMs: 150 });
      await eventually(() => ran >= 2);
      const redis = new Redis(store.url());
      const keys = await redis.keys(`{${carrier.service}}*`);
      await redis.del(keys);
      await redis.quit();
      const before = ran;
      await eventually(() => ran >= before + 3);
    });
  }
});
