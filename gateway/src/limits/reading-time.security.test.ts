// The hole this keeps closed: requests that are refused and cost more to refuse than others to answer.
import { openLog } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { openCounters } from './counters.ts';
import { openReadingTime, POINTS_PER_MS } from './reading-time.ts';

const log = openLog({ service: 'test', level: 'silent' });
const open = async (milliseconds: number) =>
  openReadingTime((await openCounters({ log })).counter('reading', milliseconds * POINTS_PER_MS));
// As large as a body can be: nothing is cut off that it really took.
const BODY = 250_000;
const busyFor = (milliseconds: number) => {
  const startedAt = performance.now();
  while (performance.now() - startedAt < milliseconds) Math.random();
};

it('[SES-07] a small request is never charged for what the machine did meanwhile', async () => {
  const reading = await open(20);
  for (let at = 0; at < 5; at += 1) reading.working('office', 700, () => busyFor(30));
  await eventually(() => reading.turn('office') !== undefined);
  expect(reading.spent('office')).toBeUndefined();
});

it('[gateway A35] [SES-07] counts the time of what was refused too, and refuses the address once it has had its share', async () => {
  const reading = await open(20);
  expect(reading.spent('attacker')).toBeUndefined();
  const refused = () =>
    reading.working('attacker', BODY, () => {
      busyFor(15);
      throw new Error('nonsense');
    });
  expect(refused).toThrow('nonsense');
  expect(refused).toThrow('nonsense');
  const spent = await eventually(() => reading.spent('attacker'));
  expect(spent.resetSeconds).toBeGreaterThan(0);
  expect(reading.spent('somebody else')).toBeUndefined();
});

it('[gateway A35] [SES-07] counts what is refused at once too: many cheap refusals are no better than few dear ones', async () => {
  const reading = await open(20);
  const refused = () => reading.working('attacker', BODY, () => JSON.parse('{'));
  for (let at = 0; at < 25; at += 1) expect(refused).toThrow();
  await eventually(() => reading.spent('attacker') !== undefined);
});

it('[SES-07] is not touched by what is known: quick work is free, however often', async () => {
  const reading = await open(1);
  for (let at = 0; at < 10_000; at += 1) expect(reading.working('office', 700, () => at)).toBe(at);
  await Promise.resolve();
  expect(reading.spent('office')).toBeUndefined();
});

it('[SES-07] lets an address that has taken much wait for others, and nobody else', async () => {
  const reading = await open(300);
  expect(reading.turn('attacker')).toBeUndefined();
  reading.working('attacker', BODY, () => busyFor(100));
  await eventually(() => reading.turn('attacker') !== undefined);
  expect(reading.spent('attacker')).toBeUndefined();
  expect(reading.turn('somebody else')).toBeUndefined();
  // Two of them never come in the same turn of the event loop.
  let turns = 0;
  let counting = true;
  const count = () => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  count();
  const came = await Promise.all(
    [1, 2, 3].map(async () => {
      await reading.turn('attacker');
      return turns;
    }),
  );
  counting = false;
  expect(new Set(came).size).toBe(3);
});
