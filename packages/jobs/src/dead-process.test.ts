import { setTimeout as pause } from 'node:timers/promises';
import { defineJob, handler } from './job.ts';
import { anyService, describeEachStore, doorBefore, eventually, listeningLog } from './stores-for-tests.ts';

const once = defineJob<{ number: number }>({ name: 'once', attempts: 1 });

describeEachStore('a process that is never heard of again', (store) => {
  it('leaves its job to another one, which has all of its attempts and says so', async () => {
    const service = anyService();
    const door = await doorBefore(store.url());
    await door.open();
    const url = store.kind === 'postgres' ? { postgresUrl: door.url } : { redisUrl: door.url };
    const begun: number[] = [];
    const endless = handler(once, async ({ number }, { signal }) => {
      begun.push(number);
      await pause(60_000, undefined, { signal });
    });
    const abandonedAfterMs = 600;
    const lost = store.open({ service, ...url, abandonedAfterMs, drainMs: 100 });
    lost.work([endless]);
    await eventually(() => lost.enqueue(once, { number: 7 }).then(() => true));
    await eventually(() => begun.length > 0);
    await door.shut();
    const log = listeningLog();
    const done: { number: number; attempt: number }[] = [];
    const successor = store.open({ service, abandonedAfterMs, log });
    successor.work([handler(once, async ({ number }, { attempt }) => void done.push({ number, attempt }))]);
    await eventually(() => done.length > 0);
    expect(done).toEqual([{ number: 7, attempt: 1 }]);
    expect(log.said.map(({ sentence }) => sentence)).toContainEqual(expect.stringContaining('dead worker'));
    // It was only silent, and comes back: the job is no longer its own, and what it thinks of it changes nothing.
    await door.open();
    await eventually(() => lost.backlog().then(() => true));
    await lost.close();
    await door.shut();
    expect(done).toHaveLength(1);
    expect(await successor.backlog()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
  });
});
