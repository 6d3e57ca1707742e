import { setImmediate as breathe } from 'node:timers/promises';
import { openLog } from '@kept/subgraph-kit';
import { passportKeyOf } from '../test-graph/open-test-graph.ts';
import { openControl } from './open-control.ts';

it('does not ask an identity that is away once more for every caller who waits for it', async () => {
  let attempts = 0;
  const log = Object.assign(openLog({ service: 'gateway', level: 'silent' }), {
    warn: () => void (attempts += 1),
  });
  const identity = { url: 'http://127.0.0.1:9/graphql', key: passportKeyOf('identity') };
  const startedAt = performance.now();
  const control = openControl({ identity, clock: () => new Date(), log });
  const first = { isOver: false };
  const waiting: Promise<void>[] = [];
  while (!first.isOver) {
    // Those who come later wait as the first does, and hurry it in the same way.
    waiting.push(control.known().catch(() => void (first.isOver = true)));
    await breathe();
    await breathe();
  }
  control.stop();
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(waiting.length).toBeGreaterThan(100);
  expect(attempts).toBeGreaterThan(0);
  // Ten times a second at the most, however many there are.
  expect(attempts).toBeLessThanOrEqual(10 * seconds + 1);
});
