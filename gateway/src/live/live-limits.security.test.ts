// The hole this keeps closed: a connection that stays open is cheap for whoever opens it and dear for us; a thousand of them,
// or one that nobody reads, must not take the gateway from everybody else.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { eventually } from '@kept/testing';
import { limitsWith } from '../limits/settings.ts';
import type { Person } from '../test-graph/open-test-graph.ts';
import { ANNA, DORA } from '../test-graph/subgraphs.ts';
import { openLiveGraph } from './live-for-tests.ts';

const FRONT_DESK: Person = {
  kind: 'STAFF',
  id: '66666666-6666-4666-8666-666666666666',
  roles: ['FRONT_DESK'],
};
const PROVIDER: Person = { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] };
const CLIENT: Person = { kind: 'CLIENT', id: ANNA };
const CALENDAR = '{ visits { id startsAt } }';
const VISIT = {
  id: 'v',
  clientId: ANNA,
  providerId: DORA,
  startsAt: '2030-01-01T08:00:00Z',
  notes: '',
  internal: '',
};

type Graph = Awaited<ReturnType<typeof openLiveGraph>>;
async function opened(query: string, as: Person, { on }: { on: Graph }) {
  const stream = await on.watch(query, as);
  await eventually(() => stream.events.length > 0);
  return stream;
}

it('[gateway A22] bounds streams per caller and per network, and counts only those that are open', async () => {
  const few = await openLiveGraph({ perCallerMax: 2, perNetworkMax: 3 });
  const refusedFor = async (as: Person) => {
    const stream = await few.watch(CALENDAR, as);
    await eventually(() => stream.state.ended || stream.events.length > 0);
    return stream.state.status === 400
      ? (JSON.parse(stream.state.text) as { errors: { extensions: { code: string } }[] }).errors[0]
          ?.extensions.code
      : stream;
  };
  const first = await opened(CALENDAR, PROVIDER, { on: few });
  await opened(CALENDAR, PROVIDER, { on: few });
  expect(await refusedFor(PROVIDER)).toBe('LIMIT_EXCEEDED');
  await opened(CALENDAR, FRONT_DESK, { on: few });
  expect(await refusedFor(CLIENT)).toBe('LIMIT_EXCEEDED');
  first.leave();
  await eventually(async () => typeof (await refusedFor(CLIENT)) !== 'string');
  await few.stop();
});

describe('[gateway A22] the budget of its caller', () => {
  const REQUESTS_LEFT = /"requests";r=(\d+);t=(\d+)/;

  it('pays for every event', async () => {
    const graph = await openLiveGraph();
    const stream = await opened(CALENDAR, PROVIDER, { on: graph });
    const left = async () => {
      const { headers } = await graph.graph.ask(CALENDAR, { as: PROVIDER });
      const [, requests, seconds] = REQUESTS_LEFT.exec(headers.get('ratelimit') ?? '') ?? [];
      return { requests: Number(requests), seconds: Number(seconds) };
    };
    // Between two requests of one window lies one event: the second finds two fewer, not one.
    await eventually(async () => {
      const before = await left();
      const answers = stream.answers().length;
      graph.scheduling.visits.unshift({ ...VISIT, id: randomUUID() });
      graph.scheduling.changed();
      await eventually(() => stream.answers().length > answers);
      const after = await left();
      return after.seconds <= before.seconds && after.requests === before.requests - 2;
    });
    await graph.stop();
  });

  it('is waited for when it is used up', async () => {
    // Three in a window of ten seconds.
    const settings = limitsWith({ KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE: 18 });
    const graph = await openLiveGraph({}, { limits: { settings } });
    const stream = await opened(CALENDAR, PROVIDER, { on: graph });
    const ask = () => graph.graph.ask(CALENDAR, { as: PROVIDER });
    await eventually(async () => (await ask()).codes.includes('RATE_LIMITED'), { withinMs: 15_000 });
    graph.scheduling.visits.unshift({ ...VISIT, id: 'v0' });
    graph.scheduling.changed();
    await eventually(() => stream.answers().length === 2, { withinMs: 30_000 });
    expect([stream.codes(), stream.state.ended]).toEqual([[], false]);
    await graph.stop();
  });
});

it('cuts off whoever does not read', async () => {
  const slow = await openLiveGraph({ unreadMsMax: 300 });
  const text = 'x'.repeat(200_000);
  const many = Array.from({ length: 20 }, (_, n) => ({
    id: `w${n}`,
    clientId: ANNA,
    providerId: DORA,
    startsAt: text,
    notes: '',
    internal: '',
  }));
  slow.scheduling.visits.push(...many);
  const { hostname, port } = new URL(slow.graph.url);
  const body = JSON.stringify({ query: CALENDAR });
  const socket = connect(Number(port), hostname);
  socket.pause();
  let cut = false;
  socket.on('close', () => (cut = true)).on('error', () => (cut = true));
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\nauthorization: Bearer ${await slow.graph.tokenFor(PROVIDER)}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await eventually(
    () => {
      slow.scheduling.visits.reverse();
      slow.scheduling.changed();
      // Reading again would only show that it is over; nothing is read before.
      if (slow.graph.logged.some((line) => line.includes('nobody reads it'))) socket.resume();
      return cut;
    },
    { withinMs: 20_000, everyMs: 100 },
  );
  await slow.stop();
});
