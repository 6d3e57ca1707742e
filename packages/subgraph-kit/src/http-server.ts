import type { IncomingMessage, ServerResponse } from 'node:http';
import { startListening, stopListening } from './listening.ts';
import type { Logger } from './log.ts';
import { streamLines, type LinesAnswer } from './stream-lines.ts';
import { createListener, type TlsFiles } from './tls.ts';

/** What a route answers. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

export interface HttpRequest {
  readonly body: Buffer;
  readonly headers: IncomingMessage['headers'];
  readonly query: URLSearchParams;
  /** Calls back when whoever asked hangs up before the answer is out. */
  readonly onGone: (listener: () => void) => void;
}

/** One path of a server. The inventory of all of them is a test: there is no way in that nobody knows of. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly handle: (request: HttpRequest) => Promise<HttpAnswer | LinesAnswer> | HttpAnswer | LinesAnswer;
}

const BODY_BYTES_MAX = 2 * 1024 * 1024;
// Half of what a process has for its whole stop (run-service.ts).
const DRAIN_MS = 10_000;

/** An answer in JSON. */
export const json = (status: number, value: unknown): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
});

class TooLarge extends Error {}

// By its events: an async iterator costs as much as everything else that this server does for a small request.
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= BODY_BYTES_MAX) return;
      request.pause();
      reject(new TooLarge());
    });
    request.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
    });
    request.on('error', reject);
    // Every request closes in the end; an error, with its stack, is made only for those that did so too early.
    request.on('close', () => {
      if (!request.complete) reject(new Error('The connection closed before the request was there.'));
    });
  });
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HttpAnswer | LinesAnswer> {
  const [path, search = ''] = (request.url ?? '/').split('?', 2);
  const route = routes.find((candidate) => candidate.path === path && candidate.method === request.method);
  if (!route) return json(404, { error: 'There is nothing at this address.' });
  const body = route.method === 'POST' ? await readBody(request) : Buffer.alloc(0);
  return route.handle({
    body,
    headers: request.headers,
    get query() {
      return new URLSearchParams(search);
    },
    onGone: (listener) => response.once('close', () => response.writableFinished || listener()),
  });
}

/** Listens, and answers with the route that fits. Rejects with one sentence when the port is taken. */
export async function listen(options: {
  host: string;
  port: number;
  routes: readonly Route[];
  log: Logger;
  /** With it the server speaks TLS and nothing else. */
  tls?: TlsFiles | undefined;
}): Promise<{ url: string; stop(): Promise<void> }> {
  const { host, port, routes, log, tls } = options;
  const stopping = new AbortController();
  const server = createListener({ tls, log }, (request, response) => {
    const send = async () => {
      const answered = await answer(routes, request, response);
      if ('lines' in answered) return streamLines(response, answered, stopping.signal);
      const body = Buffer.from(answered.body);
      // With its length the answer leaves in one piece; without, in chunks.
      response.writeHead(answered.status, { ...answered.headers, 'content-length': body.length }).end(body);
    };
    send().catch((error: unknown) => fail(error, response, log));
  });
  // Longer than the gateway keeps an idle connection, or it would meet ones that we have just closed.
  server.keepAliveTimeout = 65_000;
  server.requestTimeout = 30_000;
  await startListening(server, { host, port });
  const address = server.address();
  const actualPort = typeof address === 'object' && address ? address.port : port;
  const stop = () => {
    stopping.abort();
    return stopListening(server, DRAIN_MS);
  };
  return { url: `${tls ? 'https' : 'http'}://${host}:${actualPort}`, stop };
}

function fail(error: unknown, response: ServerResponse, log: Logger): void {
  const tooLarge = error instanceof TooLarge;
  if (!tooLarge) log.error({ err: error }, 'a route failed');
  if (response.headersSent) return void response.destroy();
  response.writeHead(tooLarge ? 413 : 500, { 'content-type': 'application/json', connection: 'close' });
  response.end(
    JSON.stringify({ error: tooLarge ? 'The request is too large.' : 'Something went wrong on our side.' }),
  );
}
