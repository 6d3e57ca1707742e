import { defineJob, handler } from './job.ts';
import { eventually, describeEachStore } from './stores-for-tests.ts';

interface Numbered {
  number: number;
}

const reminder = defineJob<Numbered>({ name: 'reminder' });
const vanishing = defineJob<Numbered>({ name: 'vanishing', keepFinished: false });

describeEachStore('a job with an id', (store) => {
  it.each([reminder, vanishing])('waits at most once ($name)', async (job) => {
    const carrier = store.open();
    const done: number[] = [];
    for (let number = 1; number <= 3; number += 1) await carrier.enqueue(job, { number }, { id: 'one' });
    await carrier.enqueueMany(job, [
      { data: { number: 4 }, id: 'one' },
      { data: { number: 5 }, id: 'two' },
    ]);
    carrier.work([handler(job, async ({ number }) => void done.push(number))], { concurrency: 1 });
    await eventually(() => done.length === 2);
    await eventually(async () => (await carrier.backlog()).waiting === 0);
    expect(done).toEqual([1, 5]);
  });

  it.each([reminder, vanishing])('can be enqueued again once it is done ($name)', async (job) => {
    const carrier = store.open();
    let done = 0;
    carrier.work([handler(job, async () => void (done += 1))]);
    for (let round = 1; round <= 3; round += 1) {
      await carrier.enqueue(job, { number: round }, { id: 'again' });
      await eventually(() => done === round);
      await eventually(async () => (await carrier.backlog()).active === 0);
    }
  });

  it('comes earlier when it is enqueued again for an earlier time', async () => {
    const carrier = store.open();
    const done: number[] = [];
    carrier.work([handler(reminder, async ({ number }) => void done.push(number))]);
    await carrier.enqueue(reminder, { number: 1 }, { id: 'moved', delayMs: 3_600_000 });
    await carrier.enqueue(reminder, { number: 2 }, { id: 'moved', delayMs: 100 });
    await eventually(() => done.length > 0);
    expect(done).toEqual([2]);
    expect(await carrier.backlog()).toMatchObject({ delayed: 0, waiting: 0 });
  });

  it('runs once more when it is enqueued while it runs, so that no change goes unseen', async () => {
    const carrier = store.open();
    const done: number[] = [];
    let finish: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (finish = resolve));
    const slow = handler(reminder, async ({ number }) => {
      done.push(number);
      if (number === 1) await first;
    });
    carrier.work([slow]);
    await carrier.enqueue(reminder, { number: 1 }, { id: 'busy' });
    await eventually(() => done.length === 1);
    await carrier.enqueue(reminder, { number: 2 }, { id: 'busy' });
    await carrier.enqueue(reminder, { number: 3 }, { id: 'busy' });
    expect(done).toEqual([1]);
    finish();
    await eventually(() => done.length === 2);
    expect(done).toEqual([1, 3]);
  });

  it.each(['with:colon', '42', '', 'späť', 'a'.repeat(201)])('is refused: "%s"', async (id) => {
    const carrier = store.open();
    await expect(carrier.enqueue(reminder, { number: 1 }, { id })).rejects.toThrow('The id of a reminder');
  });

  it('is refused when it carries more than ids and times need', async () => {
    const carrier = store.open();
    const heavy = defineJob<{ text: string }>({ name: 'heavy' });
    await expect(carrier.enqueue(heavy, { text: 'x'.repeat(300_000) })).rejects.toThrow('at most');
  });
});
