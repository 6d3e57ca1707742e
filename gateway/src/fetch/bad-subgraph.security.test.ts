// A subgraph that misbehaves as real ones do. Whatever it answers, the client learns a code and a sentence, gets the rest
// of the data, and the process stays whole. The hole is a gateway that waits, swells, falls over or repeats what it hears.
import { eventually } from '@kept/testing';
import type { TestGraph } from '../test-graph/open-test-graph.ts';
import {
  ANSWER_BYTES_MAX,
  answerRaw,
  answerText,
  IN_FLIGHT_MAX,
  LEAKS,
  OddStage,
  query,
  services,
  staff,
  TIMEOUT_MS,
  UNAVAILABLE,
  type Behaviour,
  type OddSubgraph,
} from './odd-subgraph-for-tests.ts';

const json = { 'content-type': 'application/json' };
const never: Behaviour = () => undefined;

// Streams until the other side hangs up, as fast as it reads.
const flood =
  (written: { bytes: number; closed: boolean }, head = '{"data":{"services":[{"name":"'): Behaviour =>
  (_request, response) => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    response.writeHead(200, json).write(head);
    const pour = () => {
      while (!response.destroyed && written.bytes < 2 * 1024 ** 3) {
        written.bytes += piece.length;
        if (!response.write(piece)) return void response.once('drain', pour);
      }
    };
    response.on('close', () => (written.closed = true));
    pour();
  };
const drip: Behaviour = (_request, response) => {
  response.writeHead(200, json).write('{"data":');
  const drop = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(drop));
};

describe.each(['stock', 'compiled'] as const)('behind the %s executor, a subgraph', (executor) => {
  const stage = new OddStage(executor);
  let odd: OddSubgraph;
  let graph: TestGraph;
  beforeEach(async () => void ({ odd, graph } = await stage.prepare()));
  afterAll(() => stage.close());
  const alone =
    (test: () => Promise<void>, more: { timeoutMs?: number } = {}) =>
    async () => {
      ({ odd, graph } = await stage.prepare({ fresh: true, ...more }));
      await test();
    };

  it.each<[string, Behaviour]>([
    ['an error page', answerText('<h1>nginx 10.0.0.7</h1>', { status: 502, type: 'text/html' })],
    ['a page of HTML', answerText('<h1>nginx</h1>', { type: 'text/html' })],
    ['JSON with another status', answerText('{"errors":[{"message":"secret detail"}]}', { status: 500 })],
    ['JSON that calls itself text', answerText(services([{ name: 'x' }]), { type: 'text/plain' })],
    ['half an answer', answerText('{"data":{"services":[{"na')],
    ['nothing', answerText('')],
    ['a list', answerText('[]')],
    ['an object that is no answer', answerText('{"services":[]}')],
    ['what is no UTF-8', answerText(Buffer.from('7b2264617461223a7b2273223a22ff227d7d', 'hex'))],
    ['more than we read, and says so', answerText(services([{ name: 'x'.repeat(2 * ANSWER_BYTES_MAX) }]))],
    ['never', never],
    ['one byte after the other, for ever', drip],
    ['a closed connection', (request) => void request.socket.destroy()],
    [
      'a connection that breaks amid the answer',
      (request, response) => {
        response.writeHead(200, { ...json, 'content-length': '1000' }).write('{"data":{"services":[');
        setImmediate(() => request.socket.resetAndDestroy());
      },
    ],
    [
      'an answer shorter than it says',
      (_request, response) => {
        response.writeHead(200, { ...json, 'content-length': '1000' }).write(services([]));
        response.socket?.end();
      },
    ],
    [
      'two lengths',
      answerRaw(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\ncontent-length: 30\r\n\r\n{}',
      ),
    ],
    ['no HTTP', answerRaw('SSH-2.0-OpenSSH_9.6\r\n')],
  ])('that answers with %s is unavailable, and the rest of the data is there', async (_what, next) => {
    odd.behaviour = next;
    const { status, data, errors, text } = await graph.ask(query);
    expect([status, data]).toEqual([200, { services: null, staff }]);
    expect(errors).toEqual([expect.objectContaining(UNAVAILABLE)]);
    expect(text).not.toMatch(LEAKS);
  });

  it('that pours out two gigabytes is cut off at the limit, and the memory stays what it was', async () => {
    const written = { bytes: 0, closed: false };
    odd.behaviour = flood(written);
    const before = process.memoryUsage().rss;
    const { data, errors } = await graph.ask(query);
    expect([data, errors]).toEqual([{ services: null, staff }, [expect.objectContaining(UNAVAILABLE)]]);
    await eventually(() => written.closed);
    // What lies in the buffers of both ends beyond the limit.
    expect(written.bytes).toBeLessThan(ANSWER_BYTES_MAX + 16 * 1024 * 1024);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });

  it('is asked once more for a query whose connection broke, and never for a mutation', async () => {
    odd.behaviour = (request, response, attempt) =>
      attempt === 1
        ? void request.socket.destroy()
        : answerText(services([{ name: 'Massage' }]))(request, response, attempt);
    expect((await graph.ask('{ services { name } }')).data).toEqual({ services: [{ name: 'Massage' }] });
    expect(odd.attempts).toBe(2);
    odd.attempts = 0;
    odd.behaviour = (request) => void request.socket.destroy();
    const { codes } = await graph.ask('mutation { cancelVisit(id: "v1") { __typename } }', {
      as: { kind: 'CLIENT', id: '11111111-1111-4111-8111-111111111111' },
    });
    expect(codes).toEqual(['SUBGRAPH_UNAVAILABLE']);
    expect(odd.attempts).toBe(1);
  });

  it('is never asked again once a byte of its answer has come', async () => {
    odd.behaviour = (request, response) => {
      response.writeHead(200, { ...json, 'content-length': '1000' }).write('{');
      setImmediate(() => request.socket.destroy());
    };
    expect((await graph.ask(query)).codes).toEqual(['SUBGRAPH_UNAVAILABLE']);
    expect(odd.attempts).toBe(1);
  });

  it(
    'that closes a kept connection just when it is used again costs nobody an answer',
    alone(async () => {
      odd.behaviour = answerText(services([{ name: 'Massage' }]));
      await graph.ask('{ services { name } }');
      expect(odd.connections).toBe(1);
      odd.behaviour = (request, response, attempt) =>
        attempt === 2
          ? void request.socket.destroy()
          : answerText(services([{ name: 'Massage' }]))(request, response, attempt);
      expect((await graph.ask('{ services { name } }')).data).toEqual({ services: [{ name: 'Massage' }] });
      expect([odd.attempts, odd.connections]).toEqual([3, 2]);
    }),
  );

  it(
    'that is dying is left in peace by the breaker after twenty failures',
    alone(async () => {
      odd.behaviour = (request) => void request.socket.destroy();
      for (let index = 0; index < 60; index += 1) {
        expect((await graph.ask('{ services { name } }')).codes).toEqual(['SUBGRAPH_UNAVAILABLE']);
      }
      // Retries count as well. Nobody else got through to it.
      expect(odd.attempts).toBe(20);
      odd.behaviour = answerText(services([{ name: 'Massage' }]));
      await graph.ask('{ services { name } }');
      expect(odd.attempts).toBe(20);
      expect((await graph.ask(query)).data).toEqual({ services: null, staff });
    }),
  );

  it(
    'that takes its time has as many requests as it may have, and the others get their partial answer',
    alone(
      async () => {
        let open = 0;
        let most = 0;
        odd.behaviour = (_request, response) => {
          open += 1;
          most = Math.max(most, open);
          response.on('close', () => (open -= 1));
        };
        const answers = await Promise.all(
          Array.from({ length: 40 }, () => graph.ask('{ services { name } staff { displayName } }')),
        );
        expect(most).toBeLessThanOrEqual(IN_FLIGHT_MAX);
        for (const { data, codes } of answers) {
          expect([data, codes]).toEqual([{ services: null, staff }, ['SUBGRAPH_UNAVAILABLE']]);
        }
        // The healthy one has the same limits, and forty requests in eight lines: on a busy machine that takes longer than the usual 400 ms.
      },
      { timeoutMs: 2_000 },
    ),
  );

  it('is told how long we wait, and less than we wait', async () => {
    const told: number[] = [];
    odd.behaviour = (request, response, attempt) => {
      told.push(Number(request.headers['kept-deadline-ms']));
      answerText(services([]))(request, response, attempt);
    };
    await graph.ask(query);
    expect(told).toHaveLength(1);
    expect(told[0]).toBeGreaterThan(0);
    expect(told[0]).toBeLessThan(TIMEOUT_MS);
  });

  it('is no longer waited for when the client has gone', async () => {
    let closed = false;
    odd.behaviour = (request) => void request.socket.on('close', () => (closed = true));
    const leaving = new AbortController();
    const asking = fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ services { name } }' }),
      signal: leaving.signal,
    });
    await eventually(() => odd.attempts === 1);
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await eventually(() => closed);
    expect(odd.attempts).toBe(1);
  });
});
