import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { passportFor, callerOf } from '@kept/testing';
import { openTestGraph, passportKeyOf, type TestGraph } from '../test-graph/open-test-graph.ts';
import { signPassport } from '@kept/passport';
import { ANNA, CLINIC } from '../test-graph/subgraphs.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

/** A raw request: header names, bodies and encodings that `fetch` would not send. */
function send(options: {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}) {
  const { method = 'POST', path = '/graphql', headers = {}, body } = options;
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const url = new URL(path, graph.url);
      const outgoing = httpRequest(
        url,
        { method, headers: { 'content-type': 'application/json', ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    },
  );
}
const services = JSON.stringify({ query: '{ services { name } }' });
const codeOf = (text: string) =>
  (JSON.parse(text) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

describe('the door', () => {
  it('[SES-06] has exactly these ways in, and the subgraphs none without a passport', async () => {
    expect(graph.routes).toEqual([
      'GET /.well-known/gpc.json',
      'GET /calendars/*',
      'GET /health/live',
      'GET /health/ready',
      'OPTIONS /graphql',
      'POST /graphql',
    ]);
    for (const path of [
      '/',
      '/graphiql/graphiql.js',
      '/metrics',
      '/.well-known/apollo/server-health',
      '/graphql/',
    ]) {
      expect((await send({ method: 'GET', path })).status).toBe(404);
    }
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
      expect((await send({ method, path: '/graphql?query={services{name}}' })).status).toBe(405);
    }
    expect((await send({ method: 'GET', path: '/health/live' })).status).toBe(200);
    expect(graph.asked).toEqual([]);
    expect((await send({ method: 'GET', path: '/health/ready' })).status).toBe(200);
    // Readiness asks whether each part is there, and for nothing that anybody owns.
    expect(new Set(graph.asked.map((asked) => asked.query))).toEqual(new Set(['{ __typename }']));
  });

  it('[SES-06] [gateway A11] is the only one: a subgraph refuses everybody without a fresh passport for this body', async () => {
    const url = `${graph.subgraphUrls['identity']}/graphql`;
    const body = JSON.stringify({ query: '{ _service { sdl } }' });
    const caller = callerOf({ kind: 'STAFF', roles: ['MANAGER'] });
    const key = passportKeyOf('identity');
    const now = graph.clock();
    const sign = (more: object = {}) =>
      signPassport({ caller, service: 'identity', body, key, now, ...more });
    const ask = (passport?: string) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(passport && { 'kept-passport': passport }) },
        body,
      });
    const once = sign();
    const altered = once.replace(
      /\.([^.]+)\.([^.]+)$/,
      (_all, principal: string, mac: string) => `.${principal.slice(0, -4)}AAAA.${mac}`,
    );
    const refusedPassports = [
      undefined,
      'nonsense',
      passportFor({ caller, service: 'identity', body, now }), // of another key
      sign({ service: 'scheduling' }), // for another service
      sign({ body: JSON.stringify({ query: '{ other }' }) }), // for another body
      sign({ now: new Date(now.getTime() - 31_000) }), // too old
      altered,
    ];
    for (const passport of refusedPassports) expect((await ask(passport)).status).toBe(401);
    expect((await ask(once)).status).toBe(200);
    expect((await ask(once)).status).toBe(401); // replayed
  });

  it('[gateway A12] takes no identity from headers: only the token and its own passport count', async () => {
    const forged = signPassport({
      caller: callerOf({ kind: 'STAFF', roles: ['MANAGER'] }),
      service: 'identity',
      body: '',
      key: passportKeyOf('identity'),
      now: graph.clock(),
    });
    const answer = await send({
      body: JSON.stringify({ query: '{ staff { salary } services { name } }' }),
      headers: {
        'kept-passport': forged,
        'kept-roles': 'MANAGER',
        'x-user': 'admin',
        'x-forwarded-for': '10.0.0.1',
      },
    });
    expect(JSON.parse(answer.text)).toMatchObject({ data: { staff: [{ salary: null }, { salary: null }] } });
    for (const { passport } of graph.asked) {
      const principal = JSON.parse(
        Buffer.from(passport.split('.')[4] ?? '', 'base64url').toString(),
      ) as object;
      expect(principal).toMatchObject({
        kind: 'ANONYMOUS',
        roles: [],
        accountId: null,
        networkAddress: '127.0.0.1',
      });
      expect(passport).not.toBe(forged);
    }
  });

  it('[gateway A24] takes operations by POST in JSON alone, so that no other site can make a browser send one', async () => {
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      '',
      'text/plain; application/json',
    ];
    for (const type of types) {
      const answer = await send({ headers: { 'content-type': type }, body: services });
      expect([type, answer.status, codeOf(answer.text)]).toEqual([type, 400, 'BAD_INPUT']);
    }
    expect((await send({ method: 'GET', path: '/graphql?query=%7Bservices%7Bname%7D%7D' })).status).toBe(405);
    expect(graph.asked).toEqual([]);
  });

  it('[gateway A26] reads UTF-8 alone', async () => {
    const types = [
      'application/json; charset=utf-16',
      'application/json; charset=ibm037',
      'application/json;charset=utf-7',
    ];
    for (const type of types)
      expect((await send({ headers: { 'content-type': type }, body: services })).status).toBe(400);
    const broken = await send({
      body: Buffer.concat([
        Buffer.from('{"query":"{ echo(text: \\"'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('\\") }"}'),
      ]),
    });
    expect(codeOf(broken.text)).toBe('BAD_INPUT');
    const fine = await send({
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: services,
    });
    expect(fine.status).toBe(200);
  });

  it('[gateway A27] unpacks nothing', async () => {
    const answer = await send({ headers: { 'content-encoding': 'gzip' }, body: gzipSync(services) });
    expect([answer.status, codeOf(answer.text)]).toEqual([400, 'BAD_INPUT']);
  });

  it('[gateway A33] reads at most 256 kB, whether the size is told or not', async () => {
    const body = JSON.stringify({ query: '{ services { name } }', extensions: { x: 'y'.repeat(300_000) } });
    const told = await send({ body });
    expect([told.status, codeOf(told.text)]).toEqual([413, 'REQUEST_TOO_LARGE']);
    const streamed = await fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    }).then(
      (response) => response.status,
      () => 413, // The connection may be closed while we still write.
    );
    expect(streamed).toBe(413);
  });

  it('[gateway A33] tells browsers of exactly the configured origins, and of no cookies', async () => {
    const allowed = await send({ headers: { origin: 'https://app.example' }, body: services });
    expect(allowed.headers['access-control-allow-origin']).toBe('https://app.example');
    expect(allowed.headers).not.toHaveProperty('access-control-allow-credentials');
    for (const origin of [
      'https://evil.example',
      'https://app.example.evil.example',
      'http://app.example',
      'null',
    ]) {
      const answer = await send({ headers: { origin }, body: services });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers['vary']).toBe('origin');
    }
    const preflight = await send({ method: 'OPTIONS', headers: { origin: 'https://app.example' } });
    expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-methods': 'POST' } });
  });

  it('forbids proxies to keep answers and browsers to guess at them, frame them, or run anything of them', async () => {
    const { headers } = await send({ body: services });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(headers['kept-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('sends the organization of an anonymous caller on, when it is one', async () => {
    const organization = CLINIC.organizationId;
    await send({ headers: { 'kept-organization': organization }, body: services });
    const principal = Buffer.from(graph.asked[0]?.passport.split('.')[4] ?? '', 'base64url').toString();
    expect(JSON.parse(principal)).toMatchObject({ organizationId: organization, kind: 'ANONYMOUS' });
    const odd = await send({ headers: { 'kept-organization': "x' OR 1=1" }, body: services });
    expect([odd.status, codeOf(odd.text)]).toEqual([400, 'BAD_INPUT']);
    const mismatch = await graph.ask('{ services { name } }', {
      as: { kind: 'CLIENT', id: ANNA },
      headers: { 'kept-organization': '99999999-9999-4999-8999-999999999999' },
    });
    expect([mismatch.status, mismatch.codes]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  it('[gateway A22] speaks no other protocol: an upgrade to a WebSocket is not taken', async () => {
    const upgraded = await new Promise<string>((resolve, reject) => {
      const outgoing = httpRequest(`${graph.url}/graphql`, {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'x'.repeat(22) + '==',
        },
      });
      outgoing.on('upgrade', () => resolve('upgraded'));
      outgoing.on('response', (answer) => resolve(String(answer.resume().statusCode)));
      outgoing.on('error', reject);
      outgoing.end();
    });
    expect(upgraded).toBe('405');
  });

  it('believes X-Forwarded-For only as far as there are proxies of ours', async () => {
    const behind = await openTestGraph({ trustedProxies: 1 });
    try {
      await behind.ask('{ services { name } }', {
        headers: { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' },
      });
      const principal = Buffer.from(behind.asked[0]?.passport.split('.')[4] ?? '', 'base64url').toString();
      expect(JSON.parse(principal)).toMatchObject({ networkAddress: '198.51.100.7' });
    } finally {
      await behind.stop();
    }
  });
});
