import { createHash } from 'node:crypto';
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
} from '@apollo/server/plugin/disabled';
import {
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { Logger } from '@kept/subgraph-kit';
import { parse, type GraphQLSchema } from 'graphql';
import { authorizeExecutor } from './authorize/authorize-executor.ts';
import { forbidVendorTelemetry } from './config.ts';
import type { RequestContext } from './context.ts';
import type { Executor } from './executor.ts';
import { LIMITS } from './limits/check-limits.ts';
import { presentError } from './present-error.ts';

export interface Graph {
  readonly server: ApolloServer<RequestContext>;
  /** Changes when the supergraph does; passports carry it. */
  readonly policyVersion: string;
}

interface Options {
  readonly supergraphSdl: string;
  readonly sourceOf: (subgraph: string) => GraphQLDataSource;
  readonly introspection: boolean;
  readonly log: Logger;
}

/** The graph behind the edge: Apollo's planner between our authorization and our data sources, without their extras. */
export async function openGraph(options: Options): Promise<Graph> {
  const { supergraphSdl, sourceOf, introspection, log } = options;
  const server = new ApolloServer<RequestContext>({
    gateway: authorizedGateway(supergraphSdl, sourceOf, log),
    introspection,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    parseOptions: { maxTokens: LIMITS.tokens },
    stopOnTerminationSignals: false,
    stringifyResult: (result) => JSON.stringify(withoutExtensions(result)),
    logger: quiet(log),
    formatError: (formatted, error) => presentError(formatted, error, log),
    plugins: disabled(),
  });
  await server.start();
  return { server, policyVersion: createHash('sha256').update(supergraphSdl).digest('hex').slice(0, 16) };
}

const disabled = (): ApolloServerPlugin[] => [
  ApolloServerPluginCacheControlDisabled(),
  // `apollo-federation-include-trace: ftv1` would tell every resolver's time.
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
];

function authorizedGateway(supergraphSdl: string, sourceOf: Options['sourceOf'], log: Logger) {
  forbidVendorTelemetry();
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name }) => sourceOf(name),
    __exposeQueryPlanExperimental: false,
    logger: quiet(log),
  });
  return {
    onSchemaLoadOrUpdate: gateway.onSchemaLoadOrUpdate.bind(gateway),
    async load(how: { apollo: { key?: string; keyHash?: string; graphRef?: string } }) {
      const loaded = await gateway.load(how);
      const schema: GraphQLSchema = loaded.schema;
      const executor: Executor = authorizeExecutor<RequestContext>(loaded.executor, {
        schema,
        supergraph: parse(supergraphSdl, { noLocation: true }),
        audiencesOf: ({ audiences }) => audiences,
      });
      return { executor };
    },
    stop: () => gateway.stop(),
  };
}

// The planner reports null-bubbling under `valueCompletion`, with the names of subgraphs.
const withoutExtensions = ({ errors, data }: { errors?: unknown; data?: unknown }) => ({
  ...(errors !== undefined && { errors }),
  ...(data !== undefined && { data }),
});

// Apollo logs free text, in which operations may stand; warnings and errors are worth knowing, the rest is not.
const quiet = (log: Logger) => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (message?: unknown) => log.warn({ from: 'apollo' }, String(message)),
  error: (message?: unknown) => log.error({ from: 'apollo' }, String(message)),
});
