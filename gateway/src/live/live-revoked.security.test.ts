// The holes this keeps closed: what was opened for an hour goes on for the hour although it was ended before; and whoever
// hangs up at the right moment keeps a place that nobody can give back.
import { randomUUID } from 'node:crypto';
import { eventually } from '@kept/testing';
import { builtInApp } from '../clients/client-app.ts';
import type { Person } from '../test-graph/open-test-graph.ts';
import { openLiveGraph } from './live-for-tests.ts';

const FRONT_DESK: Person = {
  kind: 'STAFF',
  id: '66666666-6666-4666-8666-666666666666',
  roles: ['FRONT_DESK'],
};
const CALENDAR = '{ visits { id notes } }';

it('[gateway A22] takes what emergency access has opened out of the answer when somebody ends it before its time', async () => {
  const live = await openLiveGraph();
  const start = live.graph.clock().getTime() / 1_000;
  const emi = randomUUID();
  const token = await live.graph.tokenFor(FRONT_DESK, { emg: start + 3_600, emi });
  const stream = await live.watch(CALENDAR, FRONT_DESK, { token });
  await eventually(() => stream.events.length > 0);
  expect(stream.answers()[0]).toMatchObject({ visits: [{ notes: 'of Anna' }, { notes: 'of Bert' }] });
  live.graph.feed.say({ type: 'withdrawn', withdrawals: [{ kind: 'EMERGENCY', id: emi }] });
  await eventually(() => stream.answers().length === 2);
  expect(stream.answers()[1]).toMatchObject({ visits: [{ notes: null }, { notes: null }] });
  expect(stream.state.ended).toBe(false);
  await live.stop();
});

it('[gateway A22] gives back the place of a client who hung up before the stream began', async () => {
  let admitting = 0;
  let letIn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letIn = resolve));
  const live = await openLiveGraph(
    { perCallerMax: 1 },
    {
      clients: {
        async admit(headers) {
          if (headers['kept-client'] === 'slow') {
            admitting += 1;
            await held;
          }
          return builtInApp({ id: null, version: null });
        },
      },
    },
  );
  const gone = await live.watch(CALENDAR, FRONT_DESK, { headers: { 'kept-client': 'slow' } });
  await eventually(() => admitting === 1);
  gone.leave();
  // The gateway has heard of it by the time that it has answered others.
  for (let others = 0; others < 3; others += 1) await live.graph.ask('{ services { name } }');
  letIn();
  await live.graph.ask('{ services { name } }');
  await eventually(async () => {
    const next = await live.watch(CALENDAR, FRONT_DESK);
    await eventually(() => next.state.ended || next.events.length > 0);
    const { status } = next.state;
    next.leave();
    return status === 200;
  });
  await live.stop();
});
