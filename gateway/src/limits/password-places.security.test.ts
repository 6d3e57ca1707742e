// The hole this keeps closed: five hundred sign-ins at once, each of which is read, planned and looked up before identity says
// that it comes too late, and whoever asks for anything else waits behind all of them (A16).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { json, listen, openLog, type Fault } from '@kept/subgraph-kit';
import { eventually, fixedClock } from '@kept/testing';
import { openControlFeed } from '../test-graph/control-feed.ts';
import { openTestGraph, passportKeyOf } from '../test-graph/open-test-graph.ts';
import { mutationsWithPasswords, openPasswordPlaces } from './password-places.ts';
import type { LimitName } from './rates.ts';
import { limitsWith } from './settings.ts';

function open(placesMax: number) {
  const refused: LimitName[] = [];
  const places = openPasswordPlaces({
    settings: limitsWith({ KEPT_LIMIT_PASSWORDS_IN_FLIGHT: placesMax }),
    refused: (limit) => void refused.push(limit),
  });
  const tryEnter = (address: string | null) => {
    try {
      return places.enter(address);
    } catch (error) {
      return (error as Fault).code;
    }
  };
  return { tryEnter, refused };
}

it('[identity A16] takes on so many passwords and no more, half of them from one network, until one is answered', () => {
  const { tryEnter, refused } = open(4);
  const [leave, , third] = ['203.0.113.7', '203.0.113.7', '203.0.113.7'].map(tryEnter);
  expect(third).toBe('RATE_LIMITED');
  // All addresses of an IPv6 network are one.
  expect(['2001:db8::1', '2001:db8::2', '2001:db8::3'].map(tryEnter)[2]).toBe('RATE_LIMITED');
  expect(tryEnter('198.51.100.1')).toBe('RATE_LIMITED');
  expect(refused).toEqual(['passwords', 'passwords', 'passwords']);
  if (typeof leave === 'function') leave();
  expect(typeof tryEnter('198.51.100.1')).toBe('function');
  expect(tryEnter('198.51.100.2')).toBe('RATE_LIMITED');
});

it('[identity A16] one too many is told so at the door, reaches nobody, and holds up nothing else', async () => {
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
          return json(200, { data: { signInStart: { __typename: 'ChallengeRequired', flow: 'flow' } } });
        },
      },
    ],
  });
  const graph = await openTestGraph(
    {
      limits: {
        settings: limitsWith({ KEPT_LIMIT_PASSWORDS_IN_FLIGHT: 2, KEPT_LIMIT_EVENT_LOOP_DELAY_MS: 60_000 }),
      },
    },
    { identity: { url: `${identity.url}/graphql`, key } },
  );
  const signIn = () =>
    graph.ask('mutation { signInStart(input: { name: "anna", password: "p" }) { __typename } }');
  try {
    const first = signIn();
    await eventually(() => reached === 1 || null);
    const second = await signIn();
    expect({ status: second.status, codes: second.codes }).toEqual({ status: 429, codes: ['RATE_LIMITED'] });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    // Refused as an event stream too, and what it took is given back with it.
    await graph
      .ask('mutation { signInStart(input: { name: "anna", password: "p" }) { __typename } }', {
        headers: { accept: 'text/event-stream' },
      })
      .catch(() => undefined);
    expect(reached).toBe(1);
    expect((await graph.ask('{ services { name } }')).codes).toEqual([]);
    answer();
    expect((await first).codes).toEqual([]);
    expect((await signIn()).codes).toEqual([]);
    expect((await signIn()).codes).toEqual([]);
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
