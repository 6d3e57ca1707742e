// What it keeps closed: tokens that a script on the page could read (ASVS 3.3), another site's page that acts with somebody's
// cookies (CSRF), a sign-in that an attacker has begun and the victim ends (fixation, login CSRF), and a browser that loses
// its session because two tabs asked at once.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineCertificate, type MachineCertificate } from '@kept/local-stack/certificate';
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, CLINIC } from '../test-graph/subgraphs.ts';
import { useCookies } from './use-cookies.ts';

const directory = mkdtempSync(join(tmpdir(), 'kept-cookies-tls-'));
let tls: MachineCertificate;
let graph: TestGraph;
beforeAll(async () => {
  tls = await machineCertificate(directory, new Date());
  graph = await openTestGraph({ tls });
});
afterAll(async () => {
  await graph.stop();
  rmSync(directory, { recursive: true });
});

interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: readonly string[];
  readonly text: string;
}
const ORGANIZATION = CLINIC.organizationId;
const nameOf = (kept: string) => `__Host-kept-${kept}-${ORGANIZATION}`;

interface Sent {
  readonly variables?: object;
  readonly cookie?: string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
}
const send = (query: string, { variables, cookie, headers, method = 'POST' }: Sent = {}) =>
  new Promise<Told>((resolve, reject) => {
    const call = request(`${graph.url}/graphql`, {
      method,
      agent: false,
      ca: readFileSync(tls.certificateFile),
      headers: {
        'content-type': 'application/json',
        'kept-organization': ORGANIZATION,
        'kept-cookies': '1',
        ...(cookie !== undefined && { cookie }),
        ...headers,
      },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          cookies: response.headers['set-cookie'] ?? [],
          text,
        }),
      );
    });
    call.end(method === 'POST' ? JSON.stringify({ query, variables }) : undefined);
  });

const ISSUED = '... on SessionIssued { accessToken refreshToken deviceToken }';
const START = `mutation ($input: SignInStartInput!) { signInStart(input: $input) { ... on ChallengeRequired { flow } ${ISSUED} } }`;
const ANSWER = `mutation ($flow: ID!) { challengeAnswer(flow: $flow, code: "1") { ... on ChallengeRequired { flow } ${ISSUED} } }`;
const REFRESH = `mutation ($token: String!, $device: String) {
  refreshSession(refreshToken: $token, deviceToken: $device) { ${ISSUED} ... on SessionEnded { message } } }`;
const EMPTY = { token: '', device: '' };
const askedOfIdentity = () => graph.asked.findLast(({ service }) => service === 'identity')?.variables;

it('[identity A33] keeps every token of a sign-in from scripts, other hosts and other sites', async () => {
  const begun = await send(START, { variables: { input: { name: 'anna', deviceToken: '' } } });
  expect(begun.text).toBe('{"data":{"signInStart":{"flow":""}}}');
  const [flow] = begun.cookies;
  expect(flow).toBe(`${nameOf('flow')}=flow-of-1; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Strict`);
  const done = await send(ANSWER, { variables: { flow: '' }, cookie: flow?.split(';')[0] ?? '' });
  expect(JSON.parse(done.text)).toEqual({
    data: { challengeAnswer: { accessToken: 'access', refreshToken: '', deviceToken: '' } },
  });
  expect(done.cookies.map((cookie) => cookie.split(';')[0])).toEqual([
    `${nameOf('refresh')}=kr1_1`,
    `${nameOf('device')}=kd1_device`,
  ]);
  for (const cookie of done.cookies) {
    expect(cookie).toMatch(/; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toMatch(/domain/i);
  }
  expect(done.headers['cache-control']).toBe('no-store');
});

it('[identity A31] whoever loses a race for a new token takes no cookie back', async () => {
  const cookie = `theme=dark; ${nameOf('refresh')}=kr1_1; ${nameOf('device')}=kd1_device`;
  const refreshed = await send(REFRESH, { variables: EMPTY, cookie });
  expect(refreshed.text).toContain('"refreshToken":""');
  expect(refreshed.cookies[0]).toMatch(`${nameOf('refresh')}=kr1_2;`);
  const variables = JSON.stringify(askedOfIdentity());
  expect(variables).toContain('kr1_1');
  expect(variables).toContain('kd1_device');
  const over = await send(REFRESH, { variables: EMPTY, cookie: `${nameOf('refresh')}=kr1_old` });
  expect(over.text).toContain('Please sign in again.');
  expect(over.cookies).toEqual([]);
  expect(over.headers).not.toHaveProperty('clear-site-data');
});

it('signing out takes the session back and leaves the device known, unless it is everywhere', async () => {
  const token = await graph.tokenFor({ kind: 'CLIENT', id: ANNA });
  const headers = { authorization: `Bearer ${token}` };
  const cookie = `${nameOf('refresh')}=kr1_1; ${nameOf('device')}=kd1_device`;
  const out = await send('mutation { signOut { endedAt } }', { cookie, headers });
  expect(out.headers['clear-site-data']).toBe('"cache", "storage"');
  expect(out.cookies.map((dropped) => dropped.split(';', 2).join(';'))).toEqual([
    `${nameOf('refresh')}=; Max-Age=0`,
    `${nameOf('flow')}=; Max-Age=0`,
  ]);
  const everywhere = await send('mutation { bye: signOutEverywhere { endedAt } }', { cookie, headers });
  expect(everywhere.cookies.join()).toContain(`${nameOf('device')}=; Max-Age=0`);
  const refused = await send('mutation { signOut { endedAt } }', { cookie });
  expect(refused.cookies).toEqual([]);
});

it('[identity A33] another site’s page, or one that says so, gets nothing done with cookies', async () => {
  const cookie = `${nameOf('refresh')}=kr1_1`;
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
  ]) {
    const before = graph.asked.length;
    const { status, text, cookies } = await send(REFRESH, { variables: EMPTY, cookie, headers });
    expect({ status, field: text.includes('"field":"origin"'), cookies }).toEqual({
      status: 400,
      field: true,
      cookies: [],
    });
    expect(graph.asked).toHaveLength(before);
  }
  const { origin } = new URL(graph.url);
  for (const own of [origin, 'https://app.example']) {
    const { text } = await send(REFRESH, { variables: EMPTY, cookie, headers: { origin: own } });
    expect(text).toContain('accessToken');
  }
  // Without our own header, which no other site's page may send, no cookie is read or written.
  const plain = await send(REFRESH, { variables: EMPTY, cookie, headers: { 'kept-cookies': '0' } });
  expect(plain.status).toBe(400);
});

it('[identity A33] a browser goes on with its own sign-in alone', async () => {
  const planted = await send(ANSWER, {
    variables: { flow: 'flow-of-1' },
    cookie: `${nameOf('flow')}=flow-of-2`,
  });
  expect(planted.status).toBe(400);
  expect(planted.cookies).toEqual([]);
  // Two of one name: somebody has put theirs in between.
  const doubled = `${nameOf('flow')}=flow-of-1; ${nameOf('flow')}=flow-of-1`;
  for (const cookie of [doubled, 'flow=flow-of-1', `${nameOf('flow')}="flow-of-1"`]) {
    const { text } = await send(ANSWER, { variables: { flow: '' }, cookie });
    expect(text).not.toContain('accessToken');
    expect(askedOfIdentity()).toMatchObject({ flow: '' });
  }
  // Another organization's are another sign-in's.
  const elsewhere = await send(REFRESH, {
    variables: EMPTY,
    cookie: `__Host-kept-refresh-${ANNA}=kr1_1`,
  });
  expect(elsewhere.text).toContain('Please sign in again.');
});

it('a script gets no token out of a cookie by asking for it under another name, or in another field', async () => {
  const cookie = `${nameOf('refresh')}=kr1_1`;
  const aliased = `mutation ($token: String!) { refreshSession(refreshToken: $token) { ... on SessionIssued { it: refreshToken } } }`;
  const twice = `mutation ($token: String!) {
    refreshSession(refreshToken: $token, deviceToken: $token) { ... on SessionIssued { accessToken } } }`;
  const hidden = `mutation ($token: String!) { refreshSession(refreshToken: $token) { ... on SessionIssued { ...Rest } } }
    fragment Rest on SessionIssued { accessToken token: refreshToken }`;
  for (const query of [aliased, twice, hidden]) {
    const { status, text } = await send(query, { variables: { token: '' }, cookie });
    expect(status).toBe(400);
    expect(text).not.toContain('kr1_');
  }
  const spread = `mutation ($token: String!) { refreshSession(refreshToken: $token) { ... on SessionIssued { ...Rest } } }
    fragment Rest on SessionIssued { refreshToken }`;
  const { text, cookies } = await send(spread, { variables: { token: '' }, cookie });
  expect(text).toContain('"refreshToken":""');
  expect(cookies).toHaveLength(1);
});

it('an app that keeps its tokens itself is answered as ever, whatever cookies come with it', async () => {
  const { 'set-cookie': set } = (await bearer(EMPTY)).headers;
  expect(set).toBeUndefined();
  expect((await bearer(EMPTY)).text).toContain('Please sign in again.');
  expect((await bearer({ token: 'kr1_3', device: null })).text).toContain('"refreshToken":"kr1_4"');
});

const bearer = (variables: object) =>
  new Promise<Told>((resolve, reject) => {
    const call = request(`${graph.url}/graphql`, {
      method: 'POST',
      agent: false,
      ca: readFileSync(tls.certificateFile),
      headers: { 'content-type': 'application/json', cookie: `${nameOf('refresh')}=kr1_1` },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const { statusCode: status = 0, headers } = response;
      response.on('end', () => resolve({ status, headers, cookies: [], text }));
    });
    call.end(JSON.stringify({ query: REFRESH, variables }));
  });

it('tells browsers of allowed origins that cookies may be sent with what says that it uses them', async () => {
  const preflight = (origin: string, names: string) =>
    send('', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-headers': names, 'kept-cookies': '' },
    });
  const allowed = await preflight('https://app.example', 'content-type, kept-cookies');
  expect(allowed.headers).toMatchObject({
    'access-control-allow-credentials': 'true',
    'access-control-allow-origin': 'https://app.example',
  });
  expect(allowed.headers['access-control-allow-headers']).toContain('kept-cookies');
  const foreign = await preflight('https://evil.example', 'kept-cookies');
  expect(foreign.headers).not.toHaveProperty('access-control-allow-credentials');
});

it('keeps cookies to encrypted connections, this machine’s own, and what a proxy of ours says was one', () => {
  const cookiesFor = (trustedProxies: number, headers: Record<string, string>) => {
    const asked = new IncomingMessage(new Socket());
    Object.assign(asked.headers, { 'kept-cookies': '1', ...headers });
    const plan = { places: [], answered: new Map(), signOuts: new Map(), refusal: null };
    const organizationId = ORGANIZATION;
    return () =>
      useCookies({
        request: asked,
        plan,
        variables: {},
        organizationId,
        allowedOrigins: [],
        trustedProxies,
      });
  };
  expect(cookiesFor(0, {})).toThrow('use https');
  // What anybody can write is believed of our own proxies alone.
  expect(cookiesFor(0, { 'x-forwarded-proto': 'https' })).toThrow('use https');
  expect(cookiesFor(1, { 'x-forwarded-proto': 'https, http' })).toThrow('use https');
  expect(cookiesFor(1, { 'x-forwarded-proto': 'https' })()).toBeDefined();
});
