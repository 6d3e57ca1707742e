import { setTimeout as pause } from 'node:timers/promises';
import { currentRequest, withinRequest } from '@kept/request-scope';
import { GiveUp } from './errors.ts';
import { defineJob, handler, type JobContext } from './job.ts';
import { eventually, anyService, describeEachStore, listeningLog } from './stores-for-tests.ts';

interface Numbered {
  number: number;
}

const once = defineJob<Numbered>({ name: 'once', attempts: 1 });
const stubborn = defineJob<Numbered>({ name: 'stubborn', attempts: 3, backoffMs: 20 });
const vanishing = defineJob<Numbered>({ name: 'vanishing', lane: 'events', keepFinished: false });
const hasty = defineJob<Numbered>({ name: 'hasty', attempts: 2, backoffMs: 20, timeoutMs: 100 });

describeEachStore('a carrier', (store) => {
  it('gives a job with its data to its handler, once', async () => {
    const carrier = store.open();
    const done: { data: Numbered; context: JobContext }[] = [];
    carrier.work([handler(once, async (data, context) => void done.push({ data, context }))]);
    await carrier.enqueue(once, { number: 7 });
    await eventually(() => done.length > 0);
    await eventually(async () => (await carrier.backlog()).active === 0);
    expect(done).toHaveLength(1);
    expect(done[0]?.data).toEqual({ number: 7 });
    expect(done[0]?.context).toMatchObject({ attempt: 1, lastAttempt: true });
  });

  it('does a job as part of the request that it was enqueued for, with its data as they were', async () => {
    const carrier = store.open();
    const done: { data: Numbered; requestId: string | undefined }[] = [];
    const note = async (data: Numbered) => void done.push({ data, requestId: currentRequest()?.requestId });
    carrier.work([handler(once, note)], { concurrency: 1 });
    await withinRequest({ requestId: 'request-7' }, () => carrier.enqueue(once, { number: 1 }));
    await carrier.enqueue(once, { number: 2 });
    await withinRequest({ requestId: 'request-8' }, () =>
      carrier.enqueueMany(once, [{ data: { number: 3 } }]),
    );
    await eventually(() => done.length === 3);
    expect(done.toSorted((one, other) => one.data.number - other.data.number)).toEqual([
      { data: { number: 1 }, requestId: 'request-7' },
      { data: { number: 2 }, requestId: undefined },
      { data: { number: 3 }, requestId: 'request-8' },
    ]);
  });

  it('keeps what is enqueued before anybody works, and hands it out in order', async () => {
    const carrier = store.open();
    const done: number[] = [];
    const numbers = Array.from({ length: 50 }, (_, number) => number);
    await carrier.enqueueMany(
      once,
      numbers.map((number) => ({ data: { number } })),
    );
    carrier.work([handler(once, async ({ number }) => void done.push(number))], { concurrency: 1 });
    await eventually(() => done.length === 50);
    expect(done).toEqual(numbers);
  });

  it('runs no more at a time than asked', async () => {
    const carrier = store.open();
    let running = 0;
    let most = 0;
    let finished = 0;
    const watched = handler(once, async () => {
      most = Math.max(most, (running += 1));
      await pause(20);
      running -= 1;
      finished += 1;
    });
    carrier.work([watched], { concurrency: 3 });
    await carrier.enqueueMany(
      once,
      Array.from({ length: 12 }, (_, number) => ({ data: { number } })),
    );
    await eventually(() => finished === 12);
    expect(most).toBe(3);
  });

  it('tries a failed job again, and stops after its attempts', async () => {
    const log = listeningLog();
    const carrier = store.open({ log });
    const attempts: JobContext[] = [];
    const failing = handler(stubborn, async (_data, context) => {
      attempts.push(context);
      throw new Error('not today');
    });
    carrier.work([failing]);
    await carrier.enqueue(stubborn, { number: 1 });
    await eventually(async () => (await carrier.backlog()).failed === 1);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(attempts.map(({ lastAttempt }) => lastAttempt)).toEqual([false, false, true]);
    expect(log.said.map(({ level }) => level)).toEqual(['warn', 'warn', 'error']);
  });

  it('does not try again what asked to be given up', async () => {
    const carrier = store.open();
    let attempts = 0;
    const hopeless = handler(stubborn, async () => {
      attempts += 1;
      throw new GiveUp('there is no such row');
    });
    carrier.work([hopeless]);
    await carrier.enqueue(stubborn, { number: 1 });
    await eventually(async () => (await carrier.backlog()).failed === 1);
    expect(attempts).toBe(1);
  });

  it('aborts a handler at its timeout and counts the attempt as failed, even if the handler does not listen', async () => {
    const carrier = store.open();
    const reasons: unknown[] = [];
    const sleepy = handler(hasty, async (_data, { attempt, signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason.name));
      if (attempt === 1) await pause(60_000, undefined, { signal });
      else await pause(60_000, undefined, { ref: false });
    });
    carrier.work([sleepy]);
    await carrier.enqueue(hasty, { number: 1 });
    await eventually(async () => (await carrier.backlog()).failed === 1);
    expect(reasons).toEqual(['JobTimedOut', 'JobTimedOut']);
  });

  it('keeps a delayed job until its time', async () => {
    const carrier = store.open();
    let doneAt = 0;
    carrier.work([handler(once, async () => void (doneAt = Date.now()))]);
    const dueAt = Date.now() + 400;
    await carrier.enqueue(once, { number: 1 }, { runAt: new Date(dueAt) });
    expect(await carrier.backlog()).toMatchObject({ delayed: 1 });
    await eventually(() => doneAt > 0);
    expect(doneAt).toBeGreaterThanOrEqual(dueAt - 1);
  });

  it("puts jobs into another service's queue, and only there", async () => {
    const [here, there] = [store.open(), store.open()];
    const done: string[] = [];
    here.work([handler(vanishing, async () => void done.push('here'))]);
    there.work([handler(vanishing, async () => void done.push('there'))]);
    await here.enqueueMany(vanishing, [{ data: { number: 1 } }], { service: there.service });
    await eventually(() => done.length > 0);
    expect(done).toEqual(['there']);
  });

  it('shares the work of one service among its processes without doing any twice', async () => {
    const service = anyService();
    const processes = [store.open({ service }), store.open({ service })];
    const done: number[] = [];
    for (const one of processes) {
      one.work([
        handler(once, async ({ number }) => {
          await pause(2);
          done.push(number);
        }),
      ]);
    }
    await processes[0]?.enqueueMany(
      once,
      Array.from({ length: 60 }, (_, number) => ({ data: { number } })),
    );
    await eventually(() => done.length >= 60);
    expect(new Set(done).size).toBe(60);
    expect(done).toHaveLength(60);
  });

  it('leaves a job that this process does not know to one that does', async () => {
    const log = listeningLog();
    const carrier = store.open({ log });
    let done = 0;
    carrier.work([handler(once, async () => undefined)]);
    await carrier.enqueue(stubborn, { number: 1 });
    await eventually(() => log.said.some(({ sentence }) => sentence.includes('does not know the job')));
    carrier.work([handler(stubborn, async () => void (done += 1))]);
    await eventually(() => done === 1);
  });
});
