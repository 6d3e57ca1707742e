import { openBatchLoader } from './batch-loader.ts';

const readings: string[][] = [];
const load = openBatchLoader(String, (keys: string[]) => {
  readings.push(keys);
  return Promise.resolve(new Map(keys.map((key) => [key, `${key} of reading ${readings.length}`])));
});
beforeEach(() => void (readings.length = 0));

it('asks once for all that is wanted at a moment, each thing once', async () => {
  const answers = await Promise.all(['a', 'b', 'a'].map((key) => load(key)));
  expect(answers).toEqual(['a of reading 1', 'b of reading 1', 'a of reading 1']);
  expect(readings).toEqual([['a', 'b']]);
});

it('answers a later question by what is so later', async () => {
  expect(await load('a')).toBe('a of reading 1');
  expect(await load('a')).toBe('a of reading 2');
});
