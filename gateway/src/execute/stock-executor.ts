import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import type { Logger } from '@kept/subgraph-kit';
import type { GraphQLSchema } from 'graphql';
import { forbidVendorTelemetry } from '../config.ts';
import type { Execute } from './executor.ts';

/** A loaded supergraph: what clients may ask of it, and how it is asked. */
export interface OpenExecutor {
  readonly schema: GraphQLSchema;
  readonly execute: Execute;
  stop(): Promise<void>;
}

type ApolloRequest = Parameters<ApolloGateway['executor']>[0];

/** Apollo's planner and executor (@apollo/gateway, Elastic-2.0), without Apollo Server around them (decision 0009). */
export async function openStockExecutor(options: {
  readonly supergraphSdl: string;
  readonly sourceOf: (subgraph: string) => GraphQLDataSource;
  readonly log: Logger;
}): Promise<OpenExecutor> {
  const { supergraphSdl, sourceOf, log } = options;
  forbidVendorTelemetry();
  const logger = quiet(log);
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name }) => sourceOf(name),
    __exposeQueryPlanExperimental: false,
    logger,
  });
  const { schema } = await gateway.load();
  return {
    schema,
    async execute({ prepared, document, queryHash, variables, context }) {
      // All that @apollo/gateway 2.14 reads of Apollo Server's request (its `executor`, `executeQueryPlan`, telemetry).
      const request = {
        request: { variables },
        document,
        queryHash,
        operationName: prepared.name,
        context,
        metrics: {},
        logger,
      };
      const { data, errors } = await gateway.executor(request as unknown as ApolloRequest);
      // Its `extensions` would tell of null-bubbling with the names of subgraphs.
      return { ...(errors && { errors }), ...(data !== undefined && { data }) };
    },
    stop: () => gateway.stop(),
  };
}

// Apollo logs free text, in which operations may stand; warnings and errors are worth knowing, the rest is not.
const quiet = (log: Logger) => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (message?: unknown) => log.warn({ from: 'apollo' }, String(message)),
  error: (message?: unknown) => log.error({ from: 'apollo' }, String(message)),
});
