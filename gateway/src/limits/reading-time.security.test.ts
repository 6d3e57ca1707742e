// The hole this keeps closed: requests that are refused and cost more to refuse than others to answer.
import { openLog } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { openCounters } from './counters.ts';
import { openReadingTime, POINTS_PER_MS } from './reading-time.ts';

const log = openLog({ service: 'test', level: 'silent' });
const open = async (milliseconds: number) =>
  openReadingTime((await openCounters({ log })).counter('reading', milliseconds * POINTS_PER_MS));
const busyFor = (milliseconds: number) => {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
};

it('[gateway A25] [SES-07] counts the time of what was refused too, and refuses the address once it has had its share', async () => {
  const reading = await open(20);
  expect(reading.spent('attacker')).toBeUndefined();
  const refused = () =>
    reading.working('attacker', () => {
      busyFor(15);
      throw new Error('nonsense');
    });
  expect(refused).toThrow('nonsense');
  expect(refused).toThrow('nonsense');
  const spent = await eventually(() => reading.spent('attacker'));
  expect(spent.resetSeconds).toBeGreaterThan(0);
  expect(reading.spent('somebody else')).toBeUndefined();
});

it('[SES-07] is not touched by what is known: quick work is free, however often', async () => {
  const reading = await open(1);
  for (let at = 0; at < 10_000; at += 1) expect(reading.working('office', () => at)).toBe(at);
  await Promise.resolve();
  expect(reading.spent('office')).toBeUndefined();
});
