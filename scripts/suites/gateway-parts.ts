// The gateway's executors, loaded by address: a workspace may not import the gateway.
import { join } from 'node:path';
import { parse, type DocumentNode, type ExecutionResult } from 'graphql';

export interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; extensions: Record<string, unknown> }[];
}
type Ask = (service: string, request: { body: string; kind: string }, context: object) => Promise<Answer>;
type Execute = (request: {
  prepared: { name: null };
  document: DocumentNode;
  queryHash: string;
  variables: Record<string, unknown>;
  context: object;
}) => Promise<ExecutionResult>;

interface StockExecutor {
  openStockExecutor(options: {
    supergraphSdl: string;
    sourceOf: (service: string) => object;
    log: object;
  }): Promise<{ execute: Execute; stop(): Promise<void> }>;
}
interface CompiledExecutor {
  openCompiledExecutor(options: { planner: object; ask: Ask }): Execute;
}
interface ApolloPlanner {
  openApolloPlanner(supergraphSdl: string): object;
}

export interface BothExecutors {
  readonly stock: (query: string) => Promise<ExecutionResult>;
  readonly compiled: (query: string, variables?: Record<string, unknown>) => Promise<ExecutionResult>;
  stop(): Promise<void>;
}

const load = async <T>(file: string): Promise<T> =>
  (await import(join(import.meta.dirname, '../../gateway/src', file))) as T;
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Opens our two executors on one supergraph; both ask its subgraphs at the addresses that stand in it. */
export async function openBothExecutors(supergraphSdl: string): Promise<BothExecutors> {
  const { openStockExecutor } = await load<StockExecutor>('execute/stock-executor.ts');
  const { openCompiledExecutor } = await load<CompiledExecutor>('compiled/compiled-executor.ts');
  const { openApolloPlanner } = await load<ApolloPlanner>('compiled/apollo-planner.ts');
  const ask = askAt(addressesIn(supergraphSdl));
  const stock = await openStockExecutor({
    supergraphSdl,
    sourceOf: (service) => sourceOn(service, ask),
    log: silent,
  });
  const compiled = openCompiledExecutor({ planner: openApolloPlanner(supergraphSdl), ask });
  const run =
    (execute: Execute) =>
    (query: string, variables: Record<string, unknown> = {}) =>
      execute({
        prepared: { name: null },
        document: parse(query, { noLocation: true }),
        queryHash: query,
        variables,
        context: { signal: new AbortController().signal, log: silent },
      });
  return { stock: run(stock.execute), compiled: run(compiled), stop: stock.stop };
}

function addressesIn(supergraphSdl: string): Map<string, string> {
  const found = supergraphSdl.matchAll(/@join__graph\(name: "([^"]+)", url: "([^"]+)"\)/g);
  return new Map([...found].map(([, name = '', url = '']) => [name, url]));
}

const askAt =
  (addresses: ReadonlyMap<string, string>): Ask =>
  async (service, { body }) => {
    const response = await fetch(addresses.get(service) ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
    });
    return (await response.json()) as Answer;
  };

const sourceOn = (service: string, ask: Ask) => ({
  process: ({ request }: { request: { query: string; variables: object; operationName?: string } }) => {
    const { query, variables, operationName } = request;
    return ask(service, { body: JSON.stringify({ query, variables, operationName }), kind: 'query' }, {});
  },
});
