// The hole these keep closed: more requests than the process can do at once, until every one of them is too late.
import type { Fault } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { openOverload, watchEventLoop } from './overload.ts';
import { limitsWith } from './settings.ts';
import type { LimitName } from './rates.ts';

function open(placesMax: number, { delayMs = 0 } = {}) {
  const refused: LimitName[] = [];
  const settings = limitsWith({ KEPT_LIMIT_OPERATIONS_IN_FLIGHT: placesMax });
  const overload = openOverload({
    settings,
    delayMs: () => delayMs,
    refused: (limit) => void refused.push(limit),
  });
  const tryEnter = (signedIn: boolean) => {
    try {
      return overload.enter({ signedIn });
    } catch (error) {
      return error as Fault;
    }
  };
  return { overload, refused, tryEnter };
}
const isFault = (entered: (() => void) | Fault): entered is Fault => typeof entered !== 'function';

it('[gateway A28] [SES-07] takes on so many operations and no more, until one of them ends', () => {
  const { overload, tryEnter, refused } = open(2);
  const leave = overload.enter({ signedIn: true });
  overload.enter({ signedIn: true });
  const fault = tryEnter(true);
  expect(isFault(fault) && fault.code).toBe('UNAVAILABLE');
  expect(isFault(fault) && fault.retryAfterSeconds).toBeGreaterThan(0);
  expect(refused).toEqual(['in flight']);
  leave();
  leave();
  expect(overload.inFlight).toBe(1);
  expect(isFault(tryEnter(true))).toBe(false);
  expect(isFault(tryEnter(true))).toBe(true);
});

it('[SES-07] keeps a quarter of its places for people who have signed in', () => {
  const { tryEnter } = open(8);
  const strangers = Array.from({ length: 8 }, () => tryEnter(false));
  expect(strangers.filter((entered) => !isFault(entered))).toHaveLength(6);
  expect([tryEnter(true), tryEnter(true), tryEnter(true)].map(isFault)).toEqual([false, false, true]);
});

it('[SES-07] when it is behind with everything, it serves those who have signed in', () => {
  const { tryEnter, refused } = open(8, { delayMs: 10_000 });
  expect(isFault(tryEnter(false))).toBe(true);
  expect(isFault(tryEnter(true))).toBe(false);
  expect(refused).toEqual(['event loop']);
});

it('[SES-07] notices that it is behind, and that it no longer is', async () => {
  const watch = watchEventLoop();
  const threshold = limitsWith().KEPT_LIMIT_EVENT_LOOP_DELAY_MS;
  const busy = setInterval(() => {
    const until = performance.now() + 2 * threshold;
    while (performance.now() < until);
  }, 1);
  try {
    await eventually(() => watch.delayMs() > threshold, { withinMs: 20_000 });
    clearInterval(busy);
    await eventually(() => watch.delayMs() < threshold, { withinMs: 20_000 });
  } finally {
    clearInterval(busy);
    watch.stop();
  }
});
