import { openBoundedCache } from './bounded-cache.ts';

describe('a bounded cache', () => {
  it('forgets first what was not asked for longest', () => {
    const cache = openBoundedCache<number>({ entriesMax: 2, keyCharactersMax: 100 });
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
  });

  it('holds no more characters than it may, whatever the sizes, and counts a replaced one once', () => {
    const cache = openBoundedCache<number>({ entriesMax: 100, keyCharactersMax: 10 });
    cache.set('aaaa', 1);
    cache.set('aaaa', 2);
    cache.set('bbbb', 3);
    expect([cache.get('aaaa'), cache.get('bbbb')]).toEqual([2, 3]);
    cache.set('ccc', 4);
    expect([cache.get('aaaa'), cache.get('bbbb'), cache.get('ccc')]).toEqual([undefined, 3, 4]);
    cache.set('d'.repeat(11), 5);
    expect(cache.size).toBe(0);
  });
});
