import { eventually } from '@kept/testing';
import { builtInApp } from '../clients/client-app.ts';
import type { Person } from '../test-graph/open-test-graph.ts';
import { openLiveGraph } from './live-for-tests.ts';

const FRONT_DESK: Person = {
  kind: 'STAFF',
  id: '66666666-6666-4666-8666-666666666666',
  roles: ['FRONT_DESK'],
};

it('opens no stream for somebody who was being admitted when the gateway stopped: it would hold up the stop', async () => {
  let admitting = 0;
  let letIn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letIn = resolve));
  const live = await openLiveGraph(
    {},
    {
      clients: {
        async admit() {
          admitting += 1;
          await held;
          return builtInApp({ id: null, version: null });
        },
      },
    },
  );
  const late = await live.watch('{ visits { id } }', FRONT_DESK);
  await eventually(() => admitting === 1);
  const stopped = live.stop();
  // Nobody new is let in: by then the streams that were open have been ended.
  await eventually(() =>
    fetch(live.graph.url).then(
      () => false,
      () => true,
    ),
  );
  letIn();
  await eventually(() => late.state.ended || late.events.length > 0);
  expect(late.state.status).toBe(503);
  await stopped;
});
