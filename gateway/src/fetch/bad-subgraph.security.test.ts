import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@kept/testing';
import { openTestGraph, passportKeyOf, type TestGraph } from '../test-graph/open-test-graph.ts';

// A subgraph that misbehaves as real ones do. Whatever it answers, the client learns a code and a sentence, gets the rest
// of the data, and the process stays whole.
type Behaviour = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;
let behaviour: Behaviour;
let attempts = 0;
let odd: Server;
let graph: TestGraph;

const answerJson =
  (text: string, status = 200): Behaviour =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(text);

beforeAll(async () => {
  odd = createServer((request, response) => {
    attempts += 1;
    request.resume().on('end', () => behaviour(request, response, attempts));
  });
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  const { port } = odd.address() as AddressInfo;
  graph = await openTestGraph(
    {},
    { scheduling: { url: `http://127.0.0.1:${port}/graphql`, key: passportKeyOf('scheduling') } },
  );
});
afterAll(async () => {
  await graph.stop();
  odd.closeAllConnections();
  odd.close();
});
beforeEach(() => {
  attempts = 0;
});

const query = '{ services { name } staff { displayName } }';
const staff = [{ displayName: 'Dora' }, { displayName: 'Erik' }];
const UNAVAILABLE = {
  message: 'A part of the service is not available right now. Please try again in a moment.',
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
};

describe('a subgraph', () => {
  it.each<[string, Behaviour]>([
    [
      'an error page',
      (_request, response) =>
        void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>nginx 10.0.0.7</h1>'),
    ],
    ['JSON with another status', answerJson('{"errors":[{"message":"secret detail"}]}', 500)],
    [
      'JSON that calls itself text',
      (_request, response) => void response.end('{"data":{"services":[{"name":"x"}]}}'),
    ],
    ['half an answer', answerJson('{"data":{"services":[{"na')],
    ['a list', answerJson('[]')],
    ['more than we read', answerJson(`{"data":{"services":[{"name":"${'x'.repeat(9 * 1024 * 1024)}"}]}}`)],
    ['a closed connection', (request) => void request.socket.destroy()],
  ])('that answers with %s is unavailable, and the rest of the data is there', async (_what, next) => {
    behaviour = next;
    const { status, data, errors, text } = await graph.ask(query);
    expect([status, data]).toEqual([200, { services: null, staff }]);
    expect(errors).toEqual([UNAVAILABLE]);
    expect(text).not.toMatch(/nginx|10\.0\.0|secret|127\.0\.0\.1|scheduling|http/);
  });

  it('is asked once more for a query whose connection broke, and never for a mutation', async () => {
    behaviour = (request, response, attempt) =>
      attempt === 1
        ? void request.socket.destroy()
        : answerJson('{"data":{"services":[{"name":"Massage"}]}}')(request, response, attempt);
    expect((await graph.ask('{ services { name } }')).data).toEqual({ services: [{ name: 'Massage' }] });
    expect(attempts).toBe(2);
    attempts = 0;
    behaviour = (request) => void request.socket.destroy();
    const { codes } = await graph.ask('mutation { cancelVisit(id: "v1") { __typename } }', {
      as: { kind: 'CLIENT', id: '11111111-1111-4111-8111-111111111111' },
    });
    expect(codes).toEqual(['SUBGRAPH_UNAVAILABLE']);
    expect(attempts).toBe(1);
  });

  it('[gateway A29] [gateway A30] has of its errors only sentence, path and known extensions passed on', async () => {
    behaviour = answerJson(
      JSON.stringify({
        data: { services: null },
        errors: [
          {
            message: 'Too many attempts.',
            path: ['services'],
            extensions: {
              code: 'RATE_LIMITED',
              retryAfterSeconds: 9,
              field: 'x',
              stacktrace: ['at secret.ts:1'],
              serviceName: 's',
              sql: 'SELECT',
            },
          },
          {
            message: 'duplicate key value violates "client_email"',
            path: ['services'],
            extensions: { code: 'SOMETHING' },
          },
          {
            message: 'Cannot query field "x" on type "Y"',
            extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
          },
          'nonsense',
        ],
      }),
    );
    const { errors, text } = await graph.ask(query);
    expect(errors).toContainEqual({
      message: 'Too many attempts.',
      path: ['services'],
      extensions: { code: 'RATE_LIMITED', field: 'x', retryAfterSeconds: 9 },
    });
    expect(errors.filter(({ extensions }) => extensions['code'] === 'INTERNAL')).toHaveLength(3);
    expect(text).not.toMatch(/stacktrace|secret|serviceName|SELECT|client_email|type "Y"/);
  });

  it('[gateway A23] cannot reach into a prototype with its data', async () => {
    behaviour = answerJson(
      '{"data":{"services":[{"name":"a","__proto__":{"polluted":true}}],"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}',
    );
    const { data } = await graph.ask('{ services { name } }');
    expect(data).toEqual({ services: [{ name: 'a' }] });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('that answers null where the schema allows none takes the nearest nullable place with it, without a trace', async () => {
    behaviour = answerJson('{"data":{"services":[{"name":null}]}}');
    const { data, text } = await graph.ask('{ services { name } }');
    expect(data).toEqual({ services: null });
    expect(text).not.toMatch(/valueCompletion|extensions":\{"value/);
  });

  it('is no longer waited for when the client has gone', async () => {
    let closed = false;
    behaviour = (request) => void request.socket.on('close', () => (closed = true));
    const leaving = new AbortController();
    const asking = fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ services { name } }' }),
      signal: leaving.signal,
    });
    await eventually(() => attempts === 1);
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await eventually(() => closed);
    expect(attempts).toBe(1);
  });
});
