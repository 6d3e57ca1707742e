import { createHash } from 'node:crypto';
import { openDecisions, readAccessMap, type Decisions } from '@kept/access-policy';
import type { Logger } from '@kept/subgraph-kit';
import { parse, type GraphQLSchema } from 'graphql';
import { authorizeExecutor } from './authorize/authorize-executor.ts';
import type { OnDenied } from './authorize/denials.ts';
import type { AuthorizationMode } from './authorize/settings.ts';
import { openExecutor } from './compiled/open-executor.ts';
import type { ExecutorName } from './compiled/settings.ts';
import { checkVariables } from './execute/check-variables.ts';
import type { Execute } from './execute/executor.ts';
import type { Subgraphs } from './fetch/open-subgraphs.ts';
import { mutationsOf } from './limits/authentication-mutations.ts';
import { openOperations, type Operations } from './operations/prepared-operation.ts';

/** Everything that follows from one supergraph: swapped as a whole when that changes. */
export interface Graph {
  /** Changes when the supergraph does; passports carry it. */
  readonly policyVersion: string;
  /** What clients may ask: the API schema, without federation's machinery. */
  readonly schema: GraphQLSchema;
  readonly decisions: Decisions;
  readonly operations: Operations;
  /** Authorizes, checks the variables, plans and fetches. */
  readonly execute: Execute;
  stop(): Promise<void>;
}

interface Options {
  readonly supergraphSdl: string;
  readonly executor: ExecutorName;
  readonly subgraphs: Pick<Subgraphs, 'fetch' | 'sourceOf'>;
  readonly introspection: boolean;
  readonly authorization: AuthorizationMode;
  readonly onDenied: OnDenied;
  readonly log: Logger;
}

/** The graph behind the edge: a planner between our authorization and our data sources. */
export async function openGraph(options: Options): Promise<Graph> {
  const { supergraphSdl, introspection } = options;
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const decisions = openDecisions(readAccessMap(supergraph));
  const { schema, execute, stop } = await openExecutor({ ...options, ...options.subgraphs });
  const limits = { authenticationMutations: mutationsOf(supergraph, 'identity'), introspection };
  return {
    policyVersion: createHash('sha256').update(supergraphSdl).digest('hex').slice(0, 16),
    schema,
    decisions,
    operations: openOperations({ schema, decisions, limits }),
    execute: authorizeExecutor(checkVariables(execute, schema), {
      schema,
      decisions,
      mode: options.authorization,
      onDenied: options.onDenied,
    }),
    stop,
  };
}
