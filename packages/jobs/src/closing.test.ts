import { setTimeout as pause } from 'node:timers/promises';
import { defineJob, handler } from './job.ts';
import { eventually, anyService, describeEachStore } from './stores-for-tests.ts';

const slow = defineJob<{ number: number }>({ name: 'slow', attempts: 1 });

describeEachStore('closing', (store) => {
  it('lets a running job finish and takes no new one', async () => {
    const service = anyService();
    const carrier = store.open({ service, drainMs: 5_000 });
    const begun: number[] = [];
    const finished: number[] = [];
    const work = handler(slow, async ({ number }) => {
      begun.push(number);
      await pause(300);
      finished.push(number);
    });
    carrier.work([work], { concurrency: 1 });
    await carrier.enqueueMany(slow, [{ data: { number: 1 } }, { data: { number: 2 } }]);
    await eventually(() => begun.length === 1);
    await carrier.close();
    expect(finished).toEqual([1]);
    expect(begun).toEqual([1]);
    const successor = store.open({ service });
    successor.work([work]);
    await eventually(() => finished.includes(2));
  });

  it('puts a job that would not finish in time back, with its attempt, for the next process', async () => {
    const service = anyService();
    const carrier = store.open({ service, drainMs: 100 });
    const attempts: number[] = [];
    let reason: unknown;
    const endless = handler(slow, async (_data, { attempt, signal }) => {
      attempts.push(attempt);
      signal.addEventListener('abort', () => (reason = signal.reason.name));
      await pause(60_000, undefined, { signal });
    });
    carrier.work([endless]);
    await carrier.enqueue(slow, { number: 1 });
    await eventually(() => attempts.length === 1);
    const before = performance.now();
    await carrier.close();
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(reason).toBe('ServiceStopping');
    const successor = store.open({ service });
    const retried: number[] = [];
    successor.work([handler(slow, async (_data, { attempt }) => void retried.push(attempt))]);
    await eventually(() => retried.length === 1);
    // The only attempt this job has was not used up by the restart.
    expect(retried).toEqual([1]);
  });

  it('can be asked twice', async () => {
    const carrier = store.open();
    await Promise.all([carrier.close(), carrier.close()]);
  });
});
