// The hole these keep closed: a limit that exists and is not asked. Everything here goes over HTTP through the whole gateway.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestGraph, type Question, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, BERT, DORA } from '../test-graph/subgraphs.ts';
import { limitsWith, type LimitSettings } from './settings.ts';

const anna: Question = { as: { kind: 'CLIENT', id: ANNA } };
const bert: Question = { as: { kind: 'CLIENT', id: BERT } };
const manager: Question = { as: { kind: 'STAFF', id: DORA, roles: ['MANAGER'] } };
const from = (address: string): Question => ({ headers: { 'x-forwarded-for': address } });

// Tests run on machines that have much else to do.
const STARVED = { KEPT_LIMIT_EVENT_LOOP_DELAY_MS: 60_000, KEPT_LIMIT_ADDRESS_READING_MS_PER_MINUTE: 1e6 };

let graph: TestGraph | undefined;
afterEach(async () => {
  await graph?.stop();
  graph = undefined;
});
const open = async (changed: Partial<LimitSettings>, rulesFile?: string) =>
  (graph = await openTestGraph({
    limits: { settings: limitsWith({ ...STARVED, ...changed }), rulesFile },
    trustedProxies: 1,
  }));

describe('[gateway A28] [SES-07] an operation’s cost', () => {
  it('is bounded, by literals, defaults and variables alike, and the answer says by how much', async () => {
    const { ask, asked } = await open({ KEPT_LIMIT_COST: 50 });
    const query = 'query ($first: Int) { services(first: $first) { name again { name } } }';
    expect((await ask(query, { variables: { first: 25 } })).codes).toEqual([]);
    asked.splice(0);
    const refused = await ask(query, { variables: { first: 26 } });
    expect([refused.status, refused.codes]).toEqual([400, ['LIMIT_EXCEEDED']]);
    expect(refused.errors[0]?.message).toContain('costs up to 52, and one may cost at most 50');
    expect((await ask('{ services(first: 26) { again { name } } }')).codes).toEqual(['LIMIT_EXCEEDED']);
    expect((await ask('query ($n: Int = 26) { services(first: $n) { again { name } } }')).codes).toEqual([
      'LIMIT_EXCEEDED',
    ]);
    const aliases = '{ a: services(first: 30) { name } b: services(first: 30) { name } }';
    expect((await ask(aliases)).codes).toEqual(['LIMIT_EXCEEDED']);
    expect(asked).toEqual([]);
  });

  it('[gateway A32] is asked again for an operation that is known already', async () => {
    const { ask } = await open({ KEPT_LIMIT_COST: 50 });
    const query = 'query ($first: Int) { services(first: $first) { name } }';
    const codes = [];
    for (const first of [1, 60, 1, 60]) codes.push((await ask(query, { variables: { first } })).codes);
    expect(codes).toEqual([[], ['LIMIT_EXCEEDED'], [], ['LIMIT_EXCEEDED']]);
  });
});

describe('[SES-07] a caller over their limit', () => {
  it('is answered 429 with the time to wait, by header and by extension, and nobody behind the gateway is asked', async () => {
    const { ask, asked } = await open({ KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE: 12 });
    const first = await ask('{ services { name } }', anna);
    expect(first.headers.get('ratelimit')).toMatch(/^"requests";r=1;t=\d+, "cost";r=\d+;t=\d+$/);
    await ask('{ services { name } }', anna);
    asked.splice(0);
    const refused = await ask('{ services { name } }', anna);
    expect([refused.status, refused.codes]).toEqual([429, ['RATE_LIMITED']]);
    const { retryAfterSeconds } = refused.errors[0]?.extensions ?? {};
    expect(retryAfterSeconds).toEqual(expect.any(Number));
    expect(refused.headers.get('retry-after')).toBe(String(retryAfterSeconds));
    expect(asked).toEqual([]);
    expect((await ask('{ services { name } }', bert)).codes).toEqual([]);
  });

  it('may still not hand their requests to somebody who has not signed in', async () => {
    const { ask } = await open({ KEPT_LIMIT_ANONYMOUS_REQUESTS_PER_MINUTE: 6 });
    expect((await ask('{ services { name } }', from('203.0.113.7'))).codes).toEqual([]);
    expect((await ask('{ services { name } }', from('203.0.113.7'))).codes).toEqual(['RATE_LIMITED']);
    expect((await ask('{ services { name } }', from('203.0.113.8'))).codes).toEqual([]);
  });
});

it('[SES-07] an address over its limit is refused before its token, its document or its body is looked at', async () => {
  const { ask, url } = await open({ KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: 6 });
  expect((await ask('{ services { name } }', from('203.0.113.7'))).codes).toEqual([]);
  const garbage = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer x',
      'x-forwarded-for': '203.0.113.7',
    },
    body: 'not even JSON',
  });
  expect(garbage.status).toBe(429);
});

it('[SES-07] sign-in operations have a limit of their own, and its answer is the same for any name', async () => {
  const { ask } = await open({ KEPT_LIMIT_ADDRESS_AUTHENTICATIONS_PER_MINUTE: 1 });
  const signIn = (name: string) =>
    ask('mutation ($name: String!) { signIn(name: $name, code: "1") { token } }', { variables: { name } });
  expect((await signIn('anna')).codes).toEqual([]);
  const [known, unknown] = [await signIn('anna'), await signIn('nobody')];
  expect([known.status, unknown.status]).toEqual([429, 429]);
  expect(known.errors).toEqual(unknown.errors);
  expect((await ask('{ services { name } }')).codes).toEqual([]);
});

it('[SES-07] more operations than there are places are turned away at once; those under way are answered', async () => {
  const { ask } = await open({ KEPT_LIMIT_OPERATIONS_IN_FLIGHT: 2 });
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask('{ slow }', anna)));
  const busy = answers.filter(({ status }) => status === 503);
  expect(answers.filter(({ data }) => data?.['slow'] === 'at last').length).toBeGreaterThan(0);
  expect(busy.length).toBeGreaterThan(0);
  expect(busy[0]?.codes).toEqual(['UNAVAILABLE']);
  expect(busy[0]?.headers.get('retry-after')).toMatch(/^[1-4]$/);
  // Every place is given back, also by those who were refused.
  expect((await ask('{ services { name } }', anna)).codes).toEqual([]);
});

describe('a network rule', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-rules-'));
  const file = join(folder, 'rules.json');
  const rules = (...all: object[]) => writeFileSync(file, JSON.stringify({ rules: all }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['its own address', '203.0.113.7', 200],
    ['an address in front of its own, which anybody can write', '203.0.113.7, 198.51.100.7', 403],
    ['an address that is none', 'localhost', 403],
    ['an IPv4 address written as IPv6', '::ffff:203.0.113.7', 200],
    ['another address written as IPv6', '::ffff:198.51.100.7', 403],
    ['an IPv6 address of the network', '2001:DB8::7', 200],
  ])('[gateway A37] [SES-03] holds for %s', async (_what, forwarded, status) => {
    rules({ name: 'office', allow: ['203.0.113.0/24', '2001:db8::/32'] });
    const { ask } = await open({}, file);
    const answer = await ask('{ services { name } }', from(forwarded));
    expect([answer.status, answer.codes]).toEqual([status, status === 200 ? [] : ['NETWORK_REFUSED']]);
  });

  it('[SES-03] for staff keeps a manager out who is elsewhere, before anything is asked, and nobody else', async () => {
    rules({ name: 'staff', for: { callers: ['STAFF'] }, allow: ['203.0.113.0/24'] });
    const { ask, asked, logged } = await open({}, file);
    const elsewhere = await ask('{ clients { email } }', { ...manager, ...from('198.51.100.7') });
    expect([elsewhere.status, elsewhere.codes]).toEqual([403, ['NETWORK_REFUSED']]);
    expect(asked).toEqual([]);
    expect(logged.join('\n')).toContain('FORBIDDEN_NETWORK');
    expect((await ask('{ clients { email } }', { ...manager, ...from('203.0.113.7') })).codes).toEqual([]);
    expect((await ask('{ viewer { id } }', { ...anna, ...from('198.51.100.7') })).codes).toEqual([]);
  });
});

it('[gateway A35] [SES-07] an address whose requests take long to refuse is refused before they are read', async () => {
  const { ask } = await open({ KEPT_LIMIT_ADDRESS_READING_MS_PER_MINUTE: 20 });
  const unknown = `{ services { ${Array.from({ length: 480 }, (_, at) => `x${at}`).join(' ')} } }`;
  let codes: readonly unknown[] = [];
  for (let at = 0; at < 500 && codes[0] !== 'RATE_LIMITED'; at += 1)
    codes = (await ask(unknown.replace('x0', `y${at}`), from('203.0.113.7'))).codes;
  expect(codes).toEqual(['RATE_LIMITED']);
  expect((await ask('{ services { name } }', from('203.0.113.7'))).codes).toEqual(['RATE_LIMITED']);
  expect((await ask('{ services { name } }', from('203.0.113.8'))).codes).toEqual([]);
});

it('[SES-07] a flood of abuse beside normal work: every normal request is answered, and the flood soon is not', async () => {
  const { ask, asked } = await open({ KEPT_LIMIT_ANONYMOUS_REQUESTS_PER_MINUTE: 30 });
  const abuse = [
    '{ services(first: 100) { again { again { again { name } } } } }',
    `{ ${Array.from({ length: 9 }, (_, at) => `a${at}: services(first: 100) { again { name } }`).join(' ')} }`,
    `{ services { ${Array.from({ length: 480 }, (_, at) => `x${at}`).join(' ')} } }`,
    '{ services { ...F } } fragment F on Service { ...G ...G } fragment G on Service { ...F }',
    '{ broken',
  ];
  const flooded: Awaited<ReturnType<typeof ask>>[] = [];
  const flood = Array.from({ length: 8 }, async (_, worker) => {
    for (let at = worker; at < 320; at += 8)
      flooded.push(await ask(abuse[at % abuse.length] ?? '', from('198.51.100.7')));
  });
  const normal = [];
  for (let at = 0; at < 60; at += 1) {
    const person = { as: { kind: 'CLIENT', id: ANNA }, ...from(`203.0.113.${at % 20}`) } as const;
    normal.push(await ask('{ viewer { id } services { name } }', person));
  }
  await Promise.all(flood);
  expect(normal.flatMap(({ codes }) => codes)).toEqual([]);
  expect(normal.every(({ data }) => data?.['services'])).toBe(true);
  // 64 of the 320 are valid; five of a window's are answered, and only so many windows pass.
  const refused = flooded.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(asked.filter(({ query }) => query.includes('again')).length).toBe(
    flooded.filter(({ data }) => data).length,
  );
  expect(flooded.flatMap(({ codes }) => codes)).not.toContain('INTERNAL');
});
