// The hole these keep closed: a limit that hangs on how a request is written. Who guesses passwords writes the path, the method, the
// body or the sender's address in another way and is counted as somebody else, or not at all (better-auth #10004, #10203).
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';
import { limitsWith } from './settings.ts';

const SIGN_IN = 'mutation SignIn($name: String!) { signIn(name: $name, code: "1") { token } }';
const ID = createHash('sha256').update(SIGN_IN).digest('hex');
const variables = { name: 'anna' };
const folder = mkdtempSync(join(tmpdir(), 'kept-ways-around-'));
const settings = limitsWith({
  KEPT_LIMIT_ADDRESS_AUTHENTICATIONS_PER_MINUTE: 1,
  KEPT_LIMIT_ADDRESS_READING_MS_PER_MINUTE: 1e9,
  KEPT_LIMIT_EVENT_LOOP_DELAY_MS: 60_000,
});

/** Behind so many proxies of ours. */
const graphs = new Map<number, TestGraph>();
const behind = (proxies: number): TestGraph => {
  const graph = graphs.get(proxies);
  if (!graph) throw new Error(`No gateway behind ${proxies} proxies was started.`);
  return graph;
};
beforeAll(async () => {
  writeFileSync(join(folder, 'web.json'), JSON.stringify({ [ID]: SIGN_IN }));
  for (const trustedProxies of [0, 1, 2])
    graphs.set(
      trustedProxies,
      await openTestGraph({
        limits: { settings },
        trustedProxies,
        documents: { directory: folder, adHoc: true },
      }),
    );
});
afterAll(async () => {
  for (const graph of graphs.values()) await graph.stop();
  rmSync(folder, { recursive: true });
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
}

/** As it is written here: `fetch` would straighten paths and join headers. */
function send(graph: TestGraph, { method = 'POST', path = '/graphql', headers = {}, body }: Sent) {
  graph.asked.splice(0);
  return new Promise<{ status: number; code: unknown; reached: number }>((resolve, reject) => {
    const { hostname, port } = new URL(graph.url);
    const all = { 'content-type': 'application/json', ...headers };
    const outgoing = httpRequest({ hostname, port, method, path, headers: all }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => {
        const code = /"code":"(\w+)"/.exec(text)?.[1];
        const reached = graph.asked.filter(({ query }) => query.includes('signIn')).length;
        resolve({ status: answer.statusCode ?? 0, code, reached });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const body = JSON.stringify({ query: SIGN_IN, variables });
let lastAddress = 0;
const newAddress = () => `203.0.113.${(lastAddress += 1)}`;
const LET_IN = { status: 200, code: undefined, reached: 1 };
const COUNTED = { status: 429, code: 'RATE_LIMITED', reached: 0 };

describe('[identity A13] the limit of sign-ins hangs on what is asked for, and not on', () => {
  const of = (given: object) => JSON.stringify({ variables, ...given });
  const multipart =
    `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${body}\r\n` +
    '--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n';
  const query = `query=${encodeURIComponent(SIGN_IN)}&variables=${encodeURIComponent(JSON.stringify(variables))}`;

  it.each<[string, Sent]>([
    ['a document id', { body: of({ documentId: `sha256:${ID}` }) }],
    ['a bare hash', { body: of({ documentId: ID }) }],
    ['a persisted query', { body: of({ extensions: { persistedQuery: { version: 1, sha256Hash: ID } } }) }],
    ['an alias', { body: of({ query: SIGN_IN.replace('signIn(', 'services: signIn(') }) }],
    ['a name', { body: of({ query: SIGN_IN.replace('SignIn', 'Services'), operationName: 'Services' }) }],
    [
      'a fragment',
      {
        body: of({
          query:
            'mutation ($name: String!) { ...F } fragment F on Mutation { ... { signIn(name: $name, code: "1") { token } } }',
        }),
      },
    ],
    [
      'a second operation beside it',
      { body: of({ query: `query Other { services { name } } ${SIGN_IN}`, operationName: 'SignIn' }) },
    ],
    ['words in the address', { path: '/graphql?operationName=Services', body }],
    ['how JSON is called', { headers: { 'content-type': 'APPLICATION/JSON; charset="utf-8"' }, body }],
    ['which form of an answer is wished for', { headers: { accept: 'text/event-stream' }, body }],
  ])('%s', async (_way, sent) => {
    const graph = behind(1);
    const from = { 'x-forwarded-for': newAddress() };
    // Counted when it comes second, and when it comes first.
    expect(await send(graph, { body, headers: from })).toEqual(LET_IN);
    const second = await send(graph, { ...sent, headers: { ...sent.headers, ...from } });
    expect([second.code, second.reached]).toEqual(['RATE_LIMITED', 0]);
    const other = { 'x-forwarded-for': newAddress() };
    await send(graph, { ...sent, headers: { ...sent.headers, ...other } });
    expect(await send(graph, { body, headers: other })).toEqual(COUNTED);
  });

  it.each<[string, Sent]>([
    ['two slashes', { path: '//graphql', body }],
    ['capitals', { path: '/GraphQL', body }],
    ['a slash behind', { path: '/graphql/', body }],
    ['a dot', { path: '/./graphql', body }],
    ['a way back', { path: '/health/../graphql', body }],
    ['an escaped letter', { path: '/%67raphql', body }],
    ['an escaped slash', { path: '/graphql%2f', body }],
    ['a parameter', { path: '/graphql;a=b', body }],
    ['another host in the path', { path: 'http://elsewhere.example/graphql', body }],
    ['GET', { method: 'GET', path: `/graphql?${query}` }],
    ['HEAD', { method: 'HEAD', path: `/graphql?${query}` }],
    ['PUT', { method: 'PUT', body }],
    [
      'a method that pretends',
      { method: 'GET', path: `/graphql?${query}`, headers: { 'x-http-method-override': 'POST' } },
    ],
    ['multipart', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: multipart }],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: query }],
    ['text', { headers: { 'content-type': 'text/plain' }, body }],
    ['GraphQL by itself', { headers: { 'content-type': 'application/graphql' }, body: SIGN_IN }],
    ['a batch', { body: `[${body},${body}]` }],
  ])('%s: that is no way in at all', async (_way, sent) => {
    const { status, reached } = await send(behind(1), {
      ...sent,
      headers: { ...sent.headers, 'x-forwarded-for': newAddress() },
    });
    expect([400, 404, 405]).toContain(status);
    expect(reached).toBe(0);
  });
});

describe('[identity A12] [gateway A37] an address that the client writes down itself', () => {
  const addressSeen = async (graph: TestGraph, headers: Sent['headers']) => {
    await send(graph, {
      body: JSON.stringify({ query: '{ services { name } }' }),
      ...(headers && { headers }),
    });
    const principal = Buffer.from(graph.asked[0]?.passport.split('.')[4] ?? '', 'base64url').toString();
    return (JSON.parse(principal) as { networkAddress: string }).networkAddress;
  };
  const FORGED = '192.0.2.66';
  interface Forwarded {
    readonly proxies: number;
    readonly forwarded: string | string[];
  }

  it.each<[string, Forwarded, seen: string]>([
    ['counts for nothing where no proxy is ours', { proxies: 0, forwarded: FORGED }, '127.0.0.1'],
    ['also as one of many', { proxies: 0, forwarded: `${FORGED}, 198.51.100.7` }, '127.0.0.1'],
    [
      'stands leftmost of what our proxy adds',
      { proxies: 1, forwarded: `${FORGED}, 198.51.100.7` },
      '198.51.100.7',
    ],
    [
      'stands there several times',
      { proxies: 1, forwarded: `${FORGED}, ${FORGED},${FORGED} ,198.51.100.7` },
      '198.51.100.7',
    ],
    [
      'is a header of its own before that of our proxy',
      { proxies: 1, forwarded: [FORGED, '198.51.100.7'] },
      '198.51.100.7',
    ],
    [
      'is three headers before it',
      { proxies: 1, forwarded: [FORGED, `${FORGED}, ${FORGED}`, '198.51.100.7'] },
      '198.51.100.7',
    ],
    [
      'stands left of what two proxies add',
      { proxies: 2, forwarded: `${FORGED}, 198.51.100.7, 10.0.0.1` },
      '198.51.100.7',
    ],
    [
      'is a header before those of two proxies',
      { proxies: 2, forwarded: [FORGED, '198.51.100.7', '10.0.0.1'] },
      '198.51.100.7',
    ],
    ['is empty', { proxies: 1, forwarded: ', , 198.51.100.7' }, '198.51.100.7'],
    [
      'came past the outer of two proxies: the inner one says who that was',
      { proxies: 2, forwarded: '10.0.0.1' },
      '127.0.0.1',
    ],
  ])('%s', async (_what, { proxies, forwarded }, seen) => {
    expect(await addressSeen(behind(proxies), { 'x-forwarded-for': forwarded })).toBe(seen);
  });

  it('is not looked for under any other name', async () => {
    const names = ['x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip', 'x-cluster-client-ip'];
    const others = Object.fromEntries(names.map((name) => [name, FORGED]));
    const headers = { ...others, forwarded: `for=${FORGED}`, 'x-forwarded': FORGED, via: `1.1 ${FORGED}` };
    expect(await addressSeen(behind(0), headers)).toBe('127.0.0.1');
    expect(await addressSeen(behind(1), { ...headers, 'x-forwarded-for': '198.51.100.7' })).toBe(
      '198.51.100.7',
    );
  });

  it('gives nobody another attempt, whichever it is and wherever it stands', async () => {
    const own = newAddress();
    const ways = (at: number) => [
      `192.0.2.${at}, ${own}`,
      [`192.0.2.${at}`, own],
      `192.0.2.${at},192.0.2.1, ${own}`,
    ];
    expect(await send(behind(1), { body, headers: { 'x-forwarded-for': own } })).toEqual(LET_IN);
    for (let at = 1; at < 20; at += 1)
      for (const forwarded of ways(at))
        expect(await send(behind(1), { body, headers: { 'x-forwarded-for': forwarded } })).toEqual(COUNTED);
    expect(await send(behind(0), { body })).toEqual(LET_IN);
    for (let at = 1; at < 20; at += 1)
      expect(await send(behind(0), { body, headers: { 'x-forwarded-for': newAddress() } })).toEqual(COUNTED);
  });
});
