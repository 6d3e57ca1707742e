import type { Purpose } from '@kept/access-policy';
import { signPassport, type Caller } from '@kept/passport';
import { openLog, openSubgraph, type HttpRequest } from '@kept/subgraph-kit';
import type { ExecutionResult } from 'graphql';
import { builtInApp } from '../clients/client-app.ts';
import { composeGraph } from '../compose/compose-graph.ts';
import type { ExecutorName } from '../compiled/settings.ts';
import type { RequestContext } from '../context.ts';
import type { SubgraphAnswer } from '../fetch/read-answer.ts';
import { openGraph, type Graph } from '../open-graph.ts';
import { passportKeyOf } from '../test-graph/open-test-graph.ts';
import { PARTS } from '../test-graph/subgraphs.ts';
import { askingOf } from './asking.ts';
import type { OnDenied } from './denials.ts';

/** What a subgraph was sent. */
export interface SpiedRequest {
  readonly service: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly text: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly purposes: readonly Purpose[];
}

/** The test graph without HTTP: thousands of operations, and every sub-request seen by a spy before it is answered. */
export interface SpiedGraph {
  readonly graph: Graph;
  readonly now: Date;
  /** Everything that was sent since it was emptied. */
  readonly sent: SpiedRequest[];
  /** Throws a `Fault` where the edge would refuse. */
  ask(asked: Asked): Promise<ExecutionResult>;
}

const log = openLog({ service: 'spy', level: 'silent' });

/** Opens the graph over guarded subgraphs of this process, which check passports as ever. */
export async function openSpiedGraph(options: {
  executor: ExecutorName;
  mode?: 'enforce' | 'dry-run';
  onDenied?: OnDenied;
}): Promise<SpiedGraph> {
  const now = new Date('2030-01-01T00:00:00Z');
  const sent: SpiedRequest[] = [];
  const subgraphs = openSubgraphsHere(now);
  const fetch = async (service: string, body: string, context: RequestContext): Promise<SubgraphAnswer> => {
    const { query, variables } = JSON.parse(body) as Partial<SpiedRequest>;
    sent.push({ service, query: query ?? '', variables: variables ?? {} });
    return (await subgraphs[service]?.(body, context.caller)) ?? { data: null };
  };
  const graph = await openGraph({
    supergraphSdl: composeGraph(Object.entries(PARTS).map(([name, { typeDefs }]) => ({ name, typeDefs }))),
    executor: options.executor,
    subgraphs: {
      lines: new Map(Object.keys(PARTS).map((name) => [name, {} as never])),
      fetch: (service, { body }, context) => fetch(service, body.toString(), context as RequestContext),
      sourceOf: (service) => ({
        process: ({ request: { query, variables }, context }) =>
          fetch(service, JSON.stringify({ query, variables }), context as RequestContext),
      }),
    },
    introspection: false,
    authorization: options.mode ?? 'enforce',
    onDenied: options.onDenied ?? (() => undefined),
    log,
  });
  return {
    graph,
    now,
    sent,
    ask({ text, variables = {}, caller, purposes }) {
      const prepared = graph.operations.prepare(text, undefined);
      const context: RequestContext = {
        ...askingOf(caller, prepared.kind, now),
        purposes,
        client: builtInApp({ id: null, version: null }),
        deadline: performance.now() + 60_000,
        signal: new AbortController().signal,
        log,
      };
      const { document, key } = prepared;
      return graph.execute({ prepared, document, queryHash: key, variables, context });
    },
  };
}

function openSubgraphsHere(now: Date) {
  const open = (service: string) => {
    const part = PARTS[service];
    if (!part) throw new Error(`There is no part "${service}".`);
    const key = passportKeyOf(service);
    const { Query, ...rest } = part.resolvers;
    const answer = openSubgraph({
      ...part,
      // What takes its time on purpose does not here.
      resolvers: {
        ...rest,
        ...(Query && { Query: { ...Query, ...(Query['slow'] ? { slow: () => 'at last' } : {}) } }),
      },
      service,
      context: (request) => request,
      ready: () => Promise.resolve(),
      host: '127.0.0.1',
      port: 0,
      passportKeys: [key],
      clock: () => now,
      log,
    });
    return async (text: string, caller: Caller): Promise<SubgraphAnswer> => {
      const body = Buffer.from(text);
      const passport = signPassport({ caller, service, body, key, now });
      const request = {
        body,
        headers: { 'kept-passport': passport },
        onGone: () => undefined,
      } as Partial<HttpRequest>;
      const { body: answered } = await answer(request as HttpRequest);
      return JSON.parse(answered) as SubgraphAnswer;
    };
  };
  return Object.fromEntries(Object.keys(PARTS).map((service) => [service, open(service)]));
}
