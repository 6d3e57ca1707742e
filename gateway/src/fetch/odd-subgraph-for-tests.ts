import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as listenRaw, type AddressInfo, type Socket } from 'node:net';
import { openTestGraph, passportKeyOf, type TestGraph } from '../test-graph/open-test-graph.ts';

/** What a subgraph does with its nth request. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

export const answerText =
  (text: string | Buffer, { status = 200, type = 'application/json' } = {}): Behaviour =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': type }).end(text);

/** Bytes as no HTTP library would send them. */
export const answerRaw =
  (text: string): Behaviour =>
  (request) =>
    void request.socket.end(text);

export interface OddSubgraph {
  readonly url: string;
  behaviour: Behaviour;
  attempts: number;
  readonly connections: number;
  stop(): void;
}

/** A subgraph on a port of its own that misbehaves as it is told. */
export async function startOddSubgraph(): Promise<OddSubgraph> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const http = createServer((request, response) => {
    odd.attempts += 1;
    const attempt = odd.attempts;
    request.resume().on('end', () => odd.behaviour(request, response, attempt));
  });
  const raw = listenRaw((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    http.emit('connection', socket);
  });
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  const odd: OddSubgraph = {
    url: `http://127.0.0.1:${(raw.address() as AddressInfo).port}/graphql`,
    behaviour: answerText('{}'),
    attempts: 0,
    get connections() {
      return connections;
    },
    stop() {
      raw.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return odd;
}

export const TIMEOUT_MS = 400;
export const ANSWER_BYTES_MAX = 1024 * 1024;
export const IN_FLIGHT_MAX = 8;
const fetchLimits = { timeoutMs: TIMEOUT_MS, inFlightMax: IN_FLIGHT_MAX, answerBytesMax: ANSWER_BYTES_MAX };
// Twenty failures open a breaker, which must not answer for the next test.
const TESTS_PER_GATEWAY = 12;

/** A gateway before an odd subgraph, replaced by a new one before a breaker could open between tests. */
export class OddStage {
  readonly #executor: 'stock' | 'compiled';
  #open: { odd: OddSubgraph; graph: TestGraph } | undefined;
  #tests = 0;
  constructor(executor: 'stock' | 'compiled') {
    this.#executor = executor;
  }

  /** Before each test. `fresh` for those that count connections or failures; patience for those whose healthy part has much to do. */
  async prepare({ fresh = false, timeoutMs = TIMEOUT_MS } = {}): Promise<{
    odd: OddSubgraph;
    graph: TestGraph;
  }> {
    this.#tests += 1;
    if (fresh || this.#tests > TESTS_PER_GATEWAY || !this.#open) {
      await this.close();
      const odd = await startOddSubgraph();
      const instead = { scheduling: { url: odd.url, key: passportKeyOf('scheduling') } };
      const limits = { ...fetchLimits, timeoutMs };
      const options = { executor: this.#executor, fetchLimits: limits };
      this.#open = { odd, graph: await openTestGraph(options, instead) };
      this.#tests = fresh ? TESTS_PER_GATEWAY : 1;
    }
    this.#open.odd.attempts = 0;
    return this.#open;
  }

  async close(): Promise<void> {
    this.#open?.odd.stop();
    await this.#open?.graph.stop();
  }
}

export const query = '{ services { name minutes again { name } } staff { displayName } }';
export const staff = [{ displayName: 'Dora' }, { displayName: 'Erik' }];
export const services = (rows: unknown) => JSON.stringify({ data: { services: rows } });
export const UNAVAILABLE = {
  message: 'A part of the service is not available right now. Please try again in a moment.',
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
};
/** Nothing of what stands behind the gateway may be read in an answer. */
export const LEAKS = /nginx|10\.0\.0|secret|127\.0\.0\.1|scheduling|http|ECONN|undici|JSON|UTF/i;
