import type { GraphQLDataSource } from '@apollo/gateway';
import type { Logger } from '@kept/subgraph-kit';
import type { OpenExecutor } from '../execute/stock-executor.ts';
import { openApolloPlanner } from './apollo-planner.ts';
import { openCompiledExecutor } from './compiled-executor.ts';
import type { Ask } from './run.ts';
import type { ExecutorName } from './settings.ts';

/** Opens the executor that the settings name. Apollo's own is loaded only when it is wanted: it brings 40 packages. */
export async function openExecutor(options: {
  readonly executor: ExecutorName;
  readonly supergraphSdl: string;
  readonly fetch: Ask;
  readonly sourceOf: (subgraph: string) => GraphQLDataSource;
  readonly log: Logger;
}): Promise<OpenExecutor> {
  if (options.executor === 'stock') {
    const { openStockExecutor } = await import('../execute/stock-executor.ts');
    return openStockExecutor(options);
  }
  const planner = openApolloPlanner(options.supergraphSdl);
  const execute = openCompiledExecutor({ planner, ask: options.fetch });
  return { schema: planner.apiSchema, execute, stop: () => Promise.resolve() };
}
