// The hole: a gateway believes an access token for minutes without asking anybody. Whoever was signed out, lost a role, was
// shut out by an operator or had their emergency ended would go on meanwhile. Identity tells; from then on nothing passes.
import { randomUUID } from 'node:crypto';
import { parseCaller } from '@kept/passport';
import { eventually, fixedClock } from '@kept/testing';
import { openLog } from '@kept/subgraph-kit';
import { openTestGraph, passportKeyOf, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, BERT, CLINIC, DORA } from '../test-graph/subgraphs.ts';
import { openControl } from './open-control.ts';

let graph: TestGraph;
beforeEach(async () => {
  graph = await openTestGraph();
  await eventually(() => graph.feed.followers() === 1);
});
afterEach(() => graph.stop());

const anna: Person = { kind: 'CLIENT', id: ANNA };
const bert: Person = { kind: 'CLIENT', id: BERT };
const query = '{ viewer { displayName } }';
const withdrawn = (...withdrawals: object[]) => ({ type: 'withdrawn', withdrawals });
const isolated = (kind: string, target: string, minutes = 60) => ({
  type: 'isolations',
  isolations: [{ kind, target, until: new Date(graph.clock().getTime() + minutes * 60_000).toISOString() }],
});

const codesFor = async (token: string) => (await graph.ask(query, { token })).codes;
const answersFor = (token: string) => eventually(async () => (await codesFor(token)).length === 0);
const refuses = (token: string, code: string) =>
  eventually(async () => (await codesFor(token))[0] === code, { withinMs: 2_000 });

describe('[identity A36] an access token', () => {
  it('of an ended session is refused from then on, although it was accepted a moment ago; others are not', async () => {
    const [over, goesOn] = [randomUUID(), randomUUID()];
    const token = await graph.tokenFor(anna, { sid: over });
    const other = await graph.tokenFor(anna, { sid: goesOn });
    await answersFor(token);
    graph.feed.say(withdrawn({ kind: 'SESSION', id: over }));
    await refuses(token, 'UNAUTHENTICATED');
    graph.asked.splice(0);
    const { status, errors, data } = await graph.ask(query, { token });
    expect([status, data]).toEqual([401, undefined]);
    expect(errors).toEqual([
      {
        message: 'You are signed out. Please sign in again; if that does not help, ask your organization.',
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ]);
    expect(graph.asked).toEqual([]);
    expect(await codesFor(other)).toEqual([]);
  });

  it('of an earlier generation is refused, one of the present generation is not', async () => {
    const sid = randomUUID();
    const [before, after] = [
      await graph.tokenFor(anna, { sid }),
      await graph.tokenFor(anna, { sid, gen: 2 }),
    ];
    await answersFor(before);
    graph.feed.say(withdrawn({ kind: 'TOKENS', id: sid, generation: 2 }));
    await refuses(before, 'UNAUTHENTICATED');
    graph.feed.say(withdrawn({ kind: 'TOKENS', id: sid, generation: 1 }));
    expect(await codesFor(await graph.tokenFor(anna, { sid, gen: 1 }))).toEqual(['UNAUTHENTICATED']);
    expect(await codesFor(after)).toEqual([]);
  });

  it('stands in a snapshot too, which takes effect when it is whole', async () => {
    const sid = randomUUID();
    const token = await graph.tokenFor(anna, { sid });
    const snapshot = [{ type: 'snapshot', withdrawals: [{ kind: 'SESSION', id: sid }] }];
    graph.feed.say({ type: 'alive' }, snapshot);
    await answersFor(token);
    graph.feed.close();
    graph.feed.open();
    await refuses(token, 'UNAUTHENTICATED');
  });
});

describe('while identity is away', () => {
  it('what was known holds, and what happened meanwhile is known as soon as it is back', async () => {
    const [before, meanwhile] = [randomUUID(), randomUUID()];
    const [first, second] = [
      await graph.tokenFor(anna, { sid: before }),
      await graph.tokenFor(anna, { sid: meanwhile }),
    ];
    graph.feed.say(withdrawn({ kind: 'SESSION', id: before }));
    await refuses(first, 'UNAUTHENTICATED');
    graph.feed.close();
    await eventually(() => graph.feed.followers() === 0);
    expect([await codesFor(first), await codesFor(second)]).toEqual([['UNAUTHENTICATED'], []]);
    const both = [before, meanwhile].map((id) => ({ kind: 'SESSION', id }));
    graph.feed.say({ type: 'alive' }, [{ type: 'snapshot', withdrawals: both }]);
    graph.feed.open();
    await eventually(async () => (await codesFor(second))[0] === 'UNAUTHENTICATED');
    expect(await codesFor(first)).toEqual(['UNAUTHENTICATED']);
  });

  it('nobody is believed to be signed in by a gateway that never heard from it; anonymous callers are answered', async () => {
    const unheard = await openTestGraph({
      subgraphs: Object.fromEntries(
        Object.entries(graph.subgraphUrls).map(([name, url]) => [
          name,
          { url: `${url}/graphql`, key: passportKeyOf(name === 'identity' ? 'another service' : name) },
        ]),
      ),
    });
    const { status, codes } = await unheard.ask(query, { as: anna });
    expect([status, codes]).toEqual([503, ['UNAVAILABLE']]);
    expect((await unheard.ask('{ services { name } }')).codes).toEqual([]);
    await unheard.stop();
  });

  it('says for how long nothing was heard', async () => {
    const log = openLog({ service: 'test', level: 'silent' });
    const nowhere = { url: 'http://127.0.0.1:9/graphql', key: passportKeyOf('identity') };
    const control = openControl({ identity: nowhere, clock: fixedClock('2030-01-01T00:00:00Z'), log });
    expect(control.staleSeconds()).toBe(Infinity);
    control.stop();
    const url = graph.subgraphUrls['identity'] ?? '';
    const heard = openControl({ identity: { url, key: passportKeyOf('identity') }, clock: graph.clock, log });
    await heard.known();
    expect(heard.staleSeconds()).toBeLessThan(3);
    heard.stop();
  });
});

describe('an isolated', () => {
  it('organization cannot be reached by anybody of it, signed in or not; others do not notice', async () => {
    const token = await graph.tokenFor(anna);
    const elsewhere = randomUUID();
    const stranger = await graph.tokenFor(bert, { org: elsewhere });
    const anonymous = (organization: string) =>
      graph.ask('{ services { name } }', { headers: { 'kept-organization': organization } });
    graph.feed.say(isolated('ORGANIZATION', CLINIC.organizationId));
    await refuses(token, 'UNAVAILABLE');
    graph.asked.splice(0);
    const { status, errors } = await graph.ask(query, { token });
    expect([status, errors[0]?.message]).toEqual([
      503,
      'This organization cannot be reached right now. Please try again later.',
    ]);
    expect((await anonymous(CLINIC.organizationId)).codes).toEqual(['UNAVAILABLE']);
    expect(graph.asked).toEqual([]);
    expect([await codesFor(stranger), (await anonymous(elsewhere)).codes]).toEqual([[], []]);
    graph.feed.say({ type: 'isolations', isolations: [] });
    await answersFor(token);
  });

  it('actor is refused on every device, and learns no more than anybody who is signed out', async () => {
    const tokens = [await graph.tokenFor(anna), await graph.tokenFor(anna)];
    const other = await graph.tokenFor(bert);
    graph.feed.say(isolated('ACTOR', ANNA));
    for (const token of tokens) await refuses(token, 'UNAUTHENTICATED');
    const { errors } = await graph.ask(query, { token: tokens[0] ?? '' });
    expect(errors[0]?.message).toMatch(/^You are signed out/);
    expect(await codesFor(other)).toEqual([]);
  });

  it('service is not asked: its fields are unavailable, the rest of the data is there', async () => {
    const both = '{ services { name } staff { displayName } }';
    graph.feed.say(isolated('SERVICE', 'scheduling'));
    await eventually(async () => (await graph.ask(both)).codes[0] === 'SUBGRAPH_UNAVAILABLE', {
      withinMs: 2_000,
    });
    graph.asked.splice(0);
    const { data } = await graph.ask(both);
    expect(data).toEqual({ services: null, staff: [{ displayName: 'Dora' }, { displayName: 'Erik' }] });
    expect(graph.asked.map(({ service }) => service)).toEqual(['identity']);
  });

  it('one is let in when its time is over, by our clock, although nobody says so', async () => {
    const token = await graph.tokenFor(anna);
    graph.feed.say(isolated('ACTOR', ANNA, 5));
    await refuses(token, 'UNAUTHENTICATED');
    graph.clock.advance(5 * 60_000);
    expect(await codesFor(token)).toEqual([]);
  });
});

it('[LAW-36] an emergency access that was ended early is none any more, for tokens that still claim it', async () => {
  const emergency = { emg: Math.floor(graph.clock().getTime() / 1_000) + 600, emi: randomUUID() };
  const sid = randomUUID();
  const provider: Person = { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] };
  const claimed = async (claims: object) => {
    graph.asked.splice(0);
    await graph.ask(query, { token: await graph.tokenFor(provider, { sid, ...claims }) });
    const principal = Buffer.from(graph.asked[0]?.passport.split('.')[4] ?? '', 'base64url').toString();
    return parseCaller(principal).emergencyUntil;
  };
  expect(await claimed(emergency)).toBe(emergency.emg);
  // A claim that does not say which emergency access it is could not be ended.
  expect(await claimed({ emg: emergency.emg })).toBeNull();
  graph.feed.say(withdrawn({ kind: 'EMERGENCY', id: emergency.emi }));
  await eventually(async () => (await claimed(emergency)) === null, { withinMs: 2_000 });
  expect(await claimed({ ...emergency, emi: randomUUID() })).toBe(emergency.emg);
});

it('tells whoever keeps something open that somebody may have lost access', async () => {
  const log = openLog({ service: 'test', level: 'silent' });
  const identity = { url: graph.subgraphUrls['identity'] ?? '', key: passportKeyOf('identity') };
  const control = openControl({ identity, clock: graph.clock, log });
  await control.known();
  const told: (readonly string[])[] = [];
  const stop = control.onEnded((sessionIds) => void told.push(sessionIds));
  const sid = randomUUID();
  graph.feed.say(withdrawn({ kind: 'SESSION', id: sid }, { kind: 'EMERGENCY', id: randomUUID() }));
  await eventually(() => told.length === 2);
  graph.feed.say(isolated('ACTOR', ANNA));
  await eventually(() => told.length === 3);
  // No names: it can be anybody.
  expect(told).toEqual([[sid], [], []]);
  expect(() => control.refuse({ sub: ANNA, org: CLINIC.organizationId, sid: randomUUID(), gen: 0 })).toThrow(
    /signed out/,
  );
  stop();
  control.stop();
});

it('shows for how long nothing was heard, to whoever may read the figures', async () => {
  const metricsToken = 'a token of more than sixteen characters';
  const measured = await openTestGraph({ telemetry: { metricsToken } });
  await measured.ask(query, { as: anna });
  const page = await fetch(`${measured.url}/metrics`, {
    headers: { authorization: `Bearer ${metricsToken}` },
  });
  const seconds = /^kept_gateway_control_stale_seconds\S* (\S+)$/m.exec(await page.text())?.[1];
  expect(Number(seconds)).toBeLessThan(3);
  await measured.stop();
});
