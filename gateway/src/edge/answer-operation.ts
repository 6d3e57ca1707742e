import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HeaderMap } from '@apollo/server';
import { audiencesOf } from '@kept/access-policy';
import { Fault, json, type HttpAnswer, type Logger } from '@kept/subgraph-kit';
import type { TokenReader } from '../authenticate/access-token.ts';
import { networkAddressOf, readCaller } from '../authenticate/caller.ts';
import type { RequestContext } from '../context.ts';
import type { LimitOptions } from '../limits/check-limits.ts';
import type { Graph } from '../open-graph.ts';
import { readOperation } from './read-operation.ts';

export interface Desk {
  readonly graph: Graph;
  readonly tokens: TokenReader;
  readonly limits: LimitOptions;
  readonly trustedProxies: number;
  readonly log: Logger;
}

/** The id under which a request is logged everywhere, and which its answer carries. Never one that a client chose. */
export const REQUEST_ID_HEADER = 'kept-request-id';

/** Answers one `POST /graphql`: check, limit, authenticate, then the graph. Logs that it happened, never what it said. */
export async function answerOperation(
  desk: Desk,
  { request, body, signal }: { request: IncomingMessage; body: Buffer; signal: AbortSignal },
): Promise<HttpAnswer> {
  const requestId = randomUUID();
  const log = desk.log.child({ requestId });
  const startedAt = performance.now();
  const occasion = { requestId, log, signal, request, body };
  const { answer, operation, code } = await answerOrRefuse(desk, occasion);
  const milliseconds = Math.round(performance.now() - startedAt);
  log.info({ operation, status: answer.status, milliseconds, ...(code && { code }) }, 'operation');
  return { ...answer, headers: { ...answer.headers, [REQUEST_ID_HEADER]: requestId } };
}

interface Occasion {
  readonly requestId: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

async function answerOrRefuse(
  desk: Desk,
  occasion: Occasion,
): Promise<{ answer: HttpAnswer; operation: string | null; code?: string }> {
  const { headers } = occasion.request;
  let name: string | null = null;
  try {
    const operation = readOperation(occasion.body, headers, desk.limits);
    name = operation.name;
    const caller = await readCaller(
      headers,
      {
        requestId: occasion.requestId,
        operationName: name,
        networkAddress: networkAddressOf(occasion.request, desk.trustedProxies),
        policyVersion: desk.graph.policyVersion,
      },
      desk.tokens,
    );
    const context = { caller, audiences: audiencesOf(caller), signal: occasion.signal, log: occasion.log };
    const { query, variables, operationName } = operation;
    return {
      answer: await ask(
        desk.graph,
        { query, variables, ...(operationName !== undefined && { operationName }) },
        { context, accept: headers.accept },
      ),
      operation: name,
    };
  } catch (error) {
    if (error instanceof Fault) return { answer: refusal(error), operation: name, code: error.code };
    throw error;
  }
}

async function ask(
  { server }: Graph,
  body: object,
  { context, accept }: { context: RequestContext; accept: string | undefined },
): Promise<HttpAnswer> {
  // Of what the client sent, only this reaches Apollo Server; of its headers nothing reaches a subgraph.
  const headers = new HeaderMap([
    ['content-type', 'application/json'],
    ...(accept ? [['accept', accept] as const] : []),
  ]);
  const response = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers, search: '', body },
    context: () => Promise.resolve(context),
  });
  if (response.body.kind !== 'complete')
    throw new Error('Apollo Server answered in parts, which nobody asked for.');
  return {
    status: response.status ?? 200,
    headers: Object.fromEntries(response.headers),
    body: response.body.string,
  };
}

const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  REQUEST_TOO_LARGE: 413,
  UNAVAILABLE: 503,
};

/** A request that was refused before it became an operation. */
export const refusal = ({ code, message, field }: Fault): HttpAnswer =>
  json(STATUS[code] ?? 400, {
    errors: [{ message, extensions: { code, ...(field !== undefined && { field }) } }],
  });
