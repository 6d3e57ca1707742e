// The hole this keeps closed: hundreds of requests in one moment are all begun before anything else is looked at, and a health
// check, or somebody at work, waits behind every one of them (A16).
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openLoopTurns } from './loop-turns.ts';

it('[identity A16] of many at once a few begin in each turn of the event loop, in the order in which they came', async () => {
  const turns = openLoopTurns(2);
  const begun: number[] = [];
  const seen: number[] = [];
  const all = Array.from({ length: 7 }, async (_, at) => {
    await turns.take();
    begun.push(at);
  });
  await Promise.resolve();
  for (let turn = 0; turn < 4; turn += 1) {
    seen.push(begun.length);
    await nextTurn();
  }
  await Promise.all(all);
  expect(seen).toEqual([2, 4, 6, 7]);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

it('[identity A16] whoever comes alone does not wait', async () => {
  const turns = openLoopTurns(2);
  expect(turns.take()).toBeUndefined();
  await nextTurn();
  await nextTurn();
  expect([turns.take(), turns.take()]).toEqual([undefined, undefined]);
});
