import { eventually } from '@kept/testing';
import type { Person } from '../test-graph/open-test-graph.ts';
import { ANNA, DORA } from '../test-graph/subgraphs.ts';
import { openLiveGraph } from './live-for-tests.ts';
import { wantsEvents } from './open-live.ts';

const FRONT_DESK: Person = {
  kind: 'STAFF',
  id: '66666666-6666-4666-8666-666666666666',
  roles: ['FRONT_DESK'],
};
const PROVIDER: Person = { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] };
const CALENDAR = '{ visits { id startsAt client { displayName } } }';

let live: Awaited<ReturnType<typeof openLiveGraph>>;
beforeAll(async () => {
  live = await openLiveGraph();
});
afterAll(() => live.stop());

/** A stream that has had its first answer, and is listened to. */
async function watch(query: string, as: Person) {
  const stream = await live.watch(query, as);
  await eventually(() => stream.events.length > 0 && live.scheduling.listeners() === 1);
  return stream;
}

it('answers at once, and again when something changed, from several subgraphs together', async () => {
  const stream = await watch(CALENDAR, PROVIDER);
  expect(stream.state.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  const [visit] = live.scheduling.visits;
  if (!visit) throw new Error('The test graph has no visit.');
  visit.startsAt = '2030-01-01T11:00:00Z';
  live.scheduling.changed();
  await eventually(() => stream.answers().length === 2);
  const at = (startsAt: string) => ({ visits: [{ id: 'v1', startsAt, client: { displayName: 'Anna' } }] });
  expect(stream.answers()).toEqual([at('2030-01-01T10:00:00Z'), at('2030-01-01T11:00:00Z')]);
  visit.startsAt = '2030-01-01T10:00:00Z';
  stream.leave();
});

it('says nothing when what changed is not in the answer', async () => {
  const stream = await watch(CALENDAR, PROVIDER);
  const before = live.scheduling.state.asked;
  const [, other] = live.scheduling.visits;
  if (!other) throw new Error('The test graph has no other visit.');
  other.startsAt = '2030-01-02T12:00:00Z';
  live.scheduling.changed();
  await eventually(() => live.scheduling.state.asked > before);
  const [own] = live.scheduling.visits;
  if (!own) throw new Error('The test graph has no visit.');
  own.startsAt = '2030-01-01T09:00:00Z';
  live.scheduling.changed();
  await eventually(() => stream.answers().length === 2);
  expect(stream.answers()[1]).toMatchObject({ visits: [{ startsAt: '2030-01-01T09:00:00Z' }] });
  own.startsAt = '2030-01-01T10:00:00Z';
  stream.leave();
});

it('makes one question of many changes that come together', async () => {
  const stream = await watch('{ visits { id } }', FRONT_DESK);
  await eventually(() => live.scheduling.state.asked > 0);
  const before = live.scheduling.state.asked;
  for (let n = 0; n < 200; n += 1) live.scheduling.changed();
  live.scheduling.visits.push({
    id: 'v3',
    clientId: ANNA,
    providerId: DORA,
    startsAt: '2030-01-05T10:00:00Z',
    notes: '',
    internal: '',
  });
  live.scheduling.changed();
  await eventually(() => stream.answers().some(({ visits }) => (visits as unknown[]).length === 3));
  expect(live.scheduling.state.asked - before).toBeLessThan(10);
  live.scheduling.visits.pop();
  stream.leave();
});

it('listens to scheduling only while somebody watches', async () => {
  const stream = await watch(CALENDAR, PROVIDER);
  stream.leave();
  await eventually(() => live.scheduling.listeners() === 0);
});

it('goes on where it was when the line to scheduling breaks, and asks again when nobody knows what was missed', async () => {
  const stream = await watch('{ visits { id } }', FRONT_DESK);
  const connections = live.scheduling.state.cursors.length;
  expect(live.scheduling.state.cursors.at(-1)).toBeNull();
  live.scheduling.say(null);
  await eventually(
    () => live.scheduling.state.cursors.length > connections && live.scheduling.listeners() === 1,
  );
  expect(live.scheduling.state.cursors.at(-1)).toBe('1.1');
  live.scheduling.visits.pop();
  live.scheduling.say({ reset: true });
  await eventually(() => stream.answers().length === 2);
  live.scheduling.visits.push({
    id: 'v2',
    clientId: ANNA,
    providerId: DORA,
    startsAt: '2030-01-02T10:00:00Z',
    notes: '',
    internal: '',
  });
  stream.leave();
});

it.each(['failing', 'broken'] as const)(
  'asks once more before a part that is %s disappears from the screen',
  async (how) => {
    const stream = await watch('{ visits { id } }', FRONT_DESK);
    live.scheduling.state[how] = 1;
    const before = live.scheduling.state.asked;
    live.scheduling.visits.reverse();
    live.scheduling.changed();
    await eventually(() => stream.answers().length === 2);
    expect(live.scheduling.state.asked).toBeGreaterThanOrEqual(before + 2);
    expect(stream.codes()).toEqual([]);
    live.scheduling.visits.reverse();
    stream.leave();
  },
);

it('says that it is alive while nothing happens', async () => {
  const quiet = await openLiveGraph({ keepAliveMs: 30 });
  const stream = await quiet.watch(CALENDAR, PROVIDER);
  await eventually(() => stream.state.comments > 1);
  expect(stream.events.map(({ event }) => event)).toEqual(['next']);
  await quiet.stop();
});

it('ends when it is old, without an error', async () => {
  const old = await openLiveGraph({ streamMsMax: 1 });
  const stream = await old.watch(CALENDAR, PROVIDER);
  await eventually(() => stream.state.ended);
  expect([stream.events.map(({ event }) => event), stream.codes()]).toEqual([['next', 'complete'], []]);
  await old.stop();
});

it('asks again now and then, also when nobody says that anything changed', async () => {
  const slow = await openLiveGraph({ refreshMs: 100 });
  const stream = await slow.watch('{ visits { id } }', FRONT_DESK);
  await eventually(() => stream.events.length === 1);
  slow.scheduling.visits.pop();
  await eventually(() => stream.answers().length === 2);
  await slow.stop();
});

it('knows who asks for events, and who only lists them', () => {
  const yes = ['text/event-stream', 'text/event-stream;q=0.9, application/json', 'TEXT/EVENT-STREAM'];
  const no = [
    'application/json, text/event-stream',
    '*/*',
    '',
    'text/event-stream;q=0',
    'text/event-streams',
  ];
  expect([yes.map((accept) => wantsEvents({ accept })), no.map((accept) => wantsEvents({ accept }))]).toEqual(
    [yes.map(() => true), no.map(() => false)],
  );
});
