import { KeyCache } from './key-cache.ts';

let now = 0;
const clock = () => new Date(now);
const open = () => new KeyCache<string>(clock, { entriesMax: 3, ageMaxMs: 60_000 });

it('forgets a key after sixty seconds, and also when the clock was set back', () => {
  const cache = open();
  now = 1_000_000;
  cache.keep('a', 'key');
  now += 59_999;
  expect(cache.get('a')).toBe('key');
  now += 1;
  expect(cache.get('a')).toBeUndefined();
  cache.keep('b', 'key');
  now -= 1;
  expect(cache.get('b')).toBeUndefined();
});

it('never holds more keys than its bound, and drops the oldest first', () => {
  const cache = open();
  for (const id of ['a', 'b', 'c', 'd']) cache.keep(id, id);
  expect(cache.size).toBe(3);
  expect(cache.get('a')).toBeUndefined();
  expect(cache.get('d')).toBe('d');
});

it('forgets at once what it is told to forget', () => {
  const cache = open();
  cache.keep('a', 'hers');
  cache.keep('b', 'his');
  cache.forget((value) => value === 'hers');
  expect(cache.get('a')).toBeUndefined();
  expect(cache.get('b')).toBe('his');
});
