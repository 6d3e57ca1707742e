import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import {
  createListener,
  Fault,
  json,
  startListening,
  stopListening,
  type HttpAnswer,
  type Logger,
  type TlsFiles,
} from '@kept/subgraph-kit';
import { wantsEvents, type Live } from '../live/open-live.ts';
import { answerOperation, type Desk } from './answer-operation.ts';
import { corsHeaders } from './cors.ts';
import { presentRefusal } from './present-answer.ts';
import { PROTECTIVE_HEADERS } from './protective-headers.ts';
import { readBody } from './read-body.ts';
import { checkHeaders } from './read-envelope.ts';

/** A path of the gateway besides `/graphql`. */
export interface Page {
  readonly path: string;
  /** Whether it answers everything under its path, which then ends with a slash. */
  readonly under?: true;
  readonly answer: (
    headers: IncomingHttpHeaders,
    request: IncomingMessage,
  ) => HttpAnswer | Promise<HttpAnswer>;
}

export interface EdgeOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
  readonly desk: Desk;
  readonly live: Live;
  readonly allowedOrigins: readonly string[];
  readonly pages: readonly Page[];
  /** How long a client may take for an answer, in milliseconds; as long as for a request when left out. */
  readonly unreadMsMax?: number;
  readonly log: Logger;
}

// A year, as OWASP ASVS 5.0 V3.4.1 asks.
const STRICT_TRANSPORT = 'max-age=31536000; includeSubDomains';

// What a client may take its time for, in milliseconds. Node looks only every 30 s at who is too slow unless it is told.
const SLOWEST = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 65_000,
  maxHeadersCount: 100,
};

// As long as an operation may take: whoever waits for an answer at a stop gets it.
const DRAIN_MS = 15_000;

/** Everything that the gateway answers to, for the inventory test: there is no way in that nobody knows of. */
export const routesOf = ({ pages }: Pick<EdgeOptions, 'pages'>): string[] =>
  [
    'POST /graphql',
    'OPTIONS /graphql',
    ...pages.map(({ path, under }) => `GET ${path}${under ? '*' : ''}`),
  ].toSorted();

/** Listens for clients. `stop` lets what is under way finish. */
export async function openEdge(options: EdgeOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const { host, port, log, tls } = options;
  const server = createListener({ tls, log }, (request, response) => {
    if (tls) response.setHeader('strict-transport-security', STRICT_TRANSPORT);
    // A kept connection would hold up a stop until its client lets go.
    response.on('finish', () => server.listening || request.socket.destroySoon());
    response.on('prefinish', () => cutOffUnread(response, options.unreadMsMax));
    serve(options, request, response).catch((error: unknown) => {
      log.error({ err: error }, 'a request failed');
      if (response.headersSent) response.destroy();
      else
        send(
          response,
          presentRefusal(new Fault('INTERNAL', 'Something went wrong on our side. Please try again.')),
          500,
        );
    });
  });
  Object.assign(server, SLOWEST);
  await startListening(server, { host, port });
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${actual}`,
    stop: () => stopListening(server, DRAIN_MS),
  };
}

async function serve(
  options: EdgeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0];
  // The rest of a body that nobody reads would be taken for the next request, or read for nothing.
  if (request.method !== 'POST' && hasBody(request)) response.setHeader('connection', 'close');
  const page = options.pages.find((candidate) =>
    candidate.under ? path?.startsWith(candidate.path) : candidate.path === path,
  );
  if (page && request.method === 'GET') return send(response, await page.answer(request.headers, request));
  if (path !== '/graphql') {
    response.setHeader('connection', 'close');
    return send(response, json(404, { error: 'There is nothing at this address.' }));
  }
  const cors = corsHeaders(request, options.allowedOrigins);
  for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
  if (request.method === 'OPTIONS') return send(response, { status: 204, body: '' });
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    return send(response, presentRefusal(new Fault('BAD_INPUT', 'Send operations with POST.')), 405);
  }
  return answerPost(options, request, response);
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

async function answerPost(
  { desk, live }: EdgeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    checkHeaderCount(request);
    checkHeaders(request.headers);
    const body = await readBody(request);
    if (wantsEvents(request.headers)) return await live.answer({ desk, request, response, body });
    send(response, await answerOperation(desk, { request, body, signal: gone.signal }));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    response.setHeader('connection', 'close');
    send(response, presentRefusal(error));
  }
}

// Node leaves out what comes after so many, and a proxy's own word about where a request comes from may come last.
function checkHeaderCount({ rawHeaders }: IncomingMessage): void {
  if (rawHeaders.length / 2 < SLOWEST.maxHeadersCount) return;
  throw new Fault('BAD_INPUT', `A request has fewer than ${SLOWEST.maxHeadersCount} headers.`);
}

// What a connection has not taken waits in our memory; an event stream looks after its reader itself (live/).
function cutOffUnread(response: ServerResponse, milliseconds = SLOWEST.requestTimeout): void {
  if (response.writableLength === 0) return;
  const timer = setTimeout(() => response.destroy(), milliseconds).unref();
  response.on('close', () => clearTimeout(timer));
}

function send(response: ServerResponse, answer: HttpAnswer, status = answer.status): void {
  const body = Buffer.from(answer.body);
  const length = status === 204 || status === 304 ? {} : { 'content-length': body.length };
  response.writeHead(status, { ...PROTECTIVE_HEADERS, ...answer.headers, ...length }).end(body);
}
