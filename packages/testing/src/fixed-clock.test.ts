import { eventually } from './eventually.ts';
import { fixedClock } from './fixed-clock.ts';

it('stands still until it is told otherwise, and gives away no handle on its time', () => {
  const clock = fixedClock('2030-03-31T00:59:59Z');
  clock().setFullYear(1999);
  expect(clock().toISOString()).toBe('2030-03-31T00:59:59.000Z');
  clock.advance(1_000);
  expect(clock().toISOString()).toBe('2030-03-31T01:00:00.000Z');
  clock.set('2031-01-01T00:00:00Z');
  expect(clock().toISOString()).toBe('2031-01-01T00:00:00.000Z');
  expect(() => fixedClock('2030-02-30T25:00:00Z')).toThrow('is no instant');
});

it('waits for what comes true, and passes on the last failure when it does not', async () => {
  let looks = 0;
  expect(await eventually(() => (looks += 1) === 3 && 'there', { everyMs: 1 })).toBe('there');
  const never = eventually(() => Promise.reject(new Error('still red')), { withinMs: 20, everyMs: 1 });
  await expect(never).rejects.toThrow('Not within 20 ms: still red');
});
