// The hole this keeps closed: five hundred sign-ins at once, each of which is read, planned and looked up before identity says
// that it comes too late, and whoever asks for anything else waits behind all of them (A16).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { buildSchema } from 'graphql';
import { json, listen, openLog, type Fault } from '@kept/subgraph-kit';
import { eventually, fixedClock } from '@kept/testing';
import { openControlFeed } from '../test-graph/control-feed.ts';
import { openTestGraph, passportKeyOf } from '../test-graph/open-test-graph.ts';
import { mutationsWithPasswords, openPasswordPlaces } from './password-places.ts';
import type { LimitName } from './rates.ts';
import { limitsWith } from './settings.ts';

const HERE = '203.0.113.7';
const THERE = '198.51.100.1';

function open({ places: placesMax = 4, waiting = 4, waitMsMax = 60_000 } = {}) {
  const refused: LimitName[] = [];
  const places = openPasswordPlaces({
    settings: limitsWith({
      KEPT_LIMIT_PASSWORDS_IN_FLIGHT: placesMax,
      KEPT_LIMIT_PASSWORDS_WAITING: waiting,
    }),
    waitMsMax,
    refused: (limit) => void refused.push(limit),
  });
  const leaves: (() => void)[] = [];
  const begun: string[] = [];
  /** Takes a place or waits for one; what is refused stands among the begun as its code. */
  const enter = (address: string | null, { as = address ?? '', signal = never, bytes = 500 } = {}) => {
    const note = (leave: () => void) => void (begun.push(as), leaves.push(leave));
    const noteRefusal = (error: unknown) => void begun.push(`${as} ${(error as Fault).code}`);
    try {
      const entered = places.enter(address, { signal, bytes });
      if (typeof entered === 'function') note(entered);
      else entered.then(note, noteRefusal);
    } catch (error) {
      noteRefusal(error);
    }
  };
  const leave = async () => {
    leaves.shift()?.();
    await nextTurn();
  };
  return { enter, leave, begun, refused };
}
const never = new AbortController().signal;

it('[identity A16] takes on so many passwords and no more, half of them from one network; the next ones begin as others end', async () => {
  const { enter, leave, begun, refused } = open();
  for (const as of ['1', '2', '3', '4', '5']) enter(HERE, { as });
  // All addresses of what one customer has are one network.
  for (const address of ['2001:db8::1', '2001:db8:0:1::2', '2001:db8:0:ffff::3']) enter(address);
  await nextTurn();
  expect(begun).toEqual(['1', '2', '2001:db8::1', '2001:db8:0:1::2', '5 RATE_LIMITED']);
  expect(refused).toEqual(['passwords']);
  await leave();
  await leave();
  await leave();
  expect(begun.slice(5)).toEqual(['3', '4', '2001:db8:0:ffff::3']);
});

it('[identity A16] networks take turns in the line, and a crowd of one does not fill it', async () => {
  const { enter, leave, begun } = open({ places: 2, waiting: 6 });
  enter('192.0.2.1', { as: 'x' });
  enter('192.0.2.2', { as: 'y' });
  for (const as of ['a1', 'a2', 'a3', 'a4']) enter(HERE, { as });
  for (const as of ['b1', 'b2']) enter(THERE, { as });
  enter('192.0.2.9', { as: 'z' });
  enter('192.0.2.10', { as: 'last' });
  enter('192.0.2.11', { as: 'full' });
  enter('192.0.2.11', { as: 'fuller' });
  await nextTurn();
  // Only whoever has less in the line than another finds room in a full one.
  expect(begun.slice(2)).toEqual(['a4', 'a3', 'a2', 'fuller'].map((as) => `${as} RATE_LIMITED`));
  for (let turn = 0; turn < 6; turn += 1) await leave();
  expect(begun.slice(6)).toEqual(['a1', 'b1', 'z', 'last', 'full', 'b2']);
});

it('[identity A16] a few networks that fill the line do not keep everybody else out of it', async () => {
  const { enter, leave, begun } = open({ places: 2, waiting: 4 });
  enter('192.0.2.1', { as: 'x' });
  enter('192.0.2.2', { as: 'y' });
  for (const as of ['a1', 'a2']) enter(HERE, { as });
  for (const as of ['b1', 'b2']) enter(THERE, { as });
  await nextTurn();
  expect(begun).toEqual(['x', 'y']);
  enter('192.0.2.9', { as: 'c1' });
  // Its second is no more worth than anybody else's first or second.
  enter('192.0.2.9', { as: 'c2' });
  enter('192.0.2.10', { as: 'd1' });
  enter('192.0.2.11', { as: 'e1' });
  await nextTurn();
  expect(begun.slice(2)).toEqual([
    'a2 RATE_LIMITED',
    'c2 RATE_LIMITED',
    'b2 RATE_LIMITED',
    'e1 RATE_LIMITED',
  ]);
  for (let turn = 0; turn < 4; turn += 1) await leave();
  expect(begun.slice(6)).toEqual(['a1', 'b1', 'c1', 'd1']);
});

it('[identity A16] whoever hangs up leaves the line, and who comes after takes the room', async () => {
  const { enter, leave, begun } = open({ places: 2, waiting: 2 });
  const gone = new AbortController();
  enter(HERE, { as: 'first' });
  enter(HERE, { as: 'gone', signal: gone.signal });
  enter(HERE, { as: 'too many' });
  gone.abort();
  enter(HERE, { as: 'gone before', signal: gone.signal });
  enter(HERE, { as: 'next' });
  await nextTurn();
  expect(begun).toEqual(['first', 'too many RATE_LIMITED', 'gone RATE_LIMITED', 'gone before RATE_LIMITED']);
  await leave();
  expect(begun.at(-1)).toBe('next');
});

it('[identity A16] whoever has waited for too long is told so in the same words, and its place in the line is free', async () => {
  const { enter, leave, begun, refused } = open({ places: 2, waiting: 2, waitMsMax: 1 });
  enter(HERE, { as: 'first' });
  enter(HERE, { as: 'late' });
  await eventually(() => begun.length === 2 || null);
  expect(begun).toEqual(['first', 'late RATE_LIMITED']);
  expect(refused).toEqual(['passwords']);
  enter(HERE, { as: 'later' });
  await leave();
  expect(begun.at(-1)).toBe('later');
});

it('[identity A16] nothing large is kept for later', async () => {
  const { enter, begun } = open({ places: 2 });
  enter(HERE, { as: 'first', bytes: 200_000 });
  enter(HERE, { as: 'large', bytes: 16 * 1024 + 1 });
  enter(HERE, { as: 'small', bytes: 16 * 1024 });
  await nextTurn();
  expect(begun).toEqual(['first', 'large RATE_LIMITED']);
});

it('[identity A16] one too many waits at the door, the next is refused, neither reaches anybody nor holds up anything else', async () => {
  const key = passportKeyOf('identity');
  const clock = fixedClock('2030-01-01T00:00:00Z');
  let reached = 0;
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const identity = await listen({
    host: '127.0.0.1',
    port: 0,
    log: openLog({ service: 'identity', level: 'silent' }),
    routes: [
      openControlFeed({ key, clock }).route,
      {
        method: 'POST',
        path: '/graphql',
        async handle() {
          reached += 1;
          await answered;
          const signInStart = { __typename: 'ChallengeRequired', flow: 'flow' };
          return json(200, { data: { signInStart, refreshSession: { __typename: 'SessionEnded' } } });
        },
      },
    ],
  });
  const graph = await openTestGraph(
    {
      limits: {
        settings: limitsWith({
          KEPT_LIMIT_PASSWORDS_IN_FLIGHT: 2,
          KEPT_LIMIT_PASSWORDS_WAITING: 2,
          // Three strangers at once: who waits must not be one of them.
          KEPT_LIMIT_OPERATIONS_IN_FLIGHT: 4,
          KEPT_LIMIT_EVENT_LOOP_DELAY_MS: 60_000,
        }),
      },
    },
    { identity: { url: `${identity.url}/graphql`, key } },
  );
  const START = 'mutation { signInStart(input: { name: "anna", password: "p" }) { __typename } }';
  const signIn = (signal?: AbortSignal) => graph.ask(START, { signal });
  try {
    const first = signIn();
    await eventually(() => reached === 1 || null);
    const hungUp = new AbortController();
    const two = [signIn(hungUp.signal), signIn(hungUp.signal)];
    const waiting = Promise.allSettled(two);
    const refused = await Promise.race(two);
    expect({ status: refused.status, codes: refused.codes }).toEqual({
      status: 429,
      codes: ['RATE_LIMITED'],
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const refresh = graph.ask('mutation { refreshSession(refreshToken: "kr1_1") { __typename } }');
    await eventually(() => reached === 2 || null);
    expect((await graph.ask('{ services { name } }')).codes).toEqual([]);
    // Refused as an event stream too.
    await graph.ask(START, { headers: { accept: 'text/event-stream' } }).catch(() => undefined);
    hungUp.abort();
    expect((await waiting).map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const second = eventually(async () => {
      const asked = await signIn();
      return asked.status === 429 ? null : asked;
    });
    expect(reached).toBe(2);
    answer();
    for (const answered of [await first, await refresh, await second, await signIn()])
      expect(answered.codes).toEqual([]);
    expect(reached).toBe(4);
  } finally {
    answer();
    await graph.stop();
    await identity.stop();
  }
});

it('knows by the graph itself what brings a password', () => {
  const sdl = readFileSync(join(import.meta.dirname, '../../supergraph.graphql'), 'utf8');
  const found = mutationsWithPasswords(buildSchema(sdl, { assumeValid: true }));
  expect([...found].toSorted()).toEqual(
    expect.arrayContaining(['passwordResetConfirm', 'signInStart', 'signUp']),
  );
  expect(found.has('refreshSession')).toBe(false);
});
