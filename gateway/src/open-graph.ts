import { createHash } from 'node:crypto';
import { openDecisions, openTrainingGate, readAccessMap, type Decisions } from '@kept/access-policy';
import type { Logger } from '@kept/subgraph-kit';
import { Kind, parse, type ConstDirectiveNode, type DocumentNode, type GraphQLSchema } from 'graphql';
import { authorizeExecutor } from './authorize/authorize-executor.ts';
import type { OnDenied } from './authorize/denials.ts';
import type { AuthorizationMode } from './authorize/settings.ts';
import { openExecutor } from './compiled/open-executor.ts';
import type { ExecutorName } from './compiled/settings.ts';
import { checkVariables } from './execute/check-variables.ts';
import type { Execute } from './execute/executor.ts';
import type { Subgraphs } from './fetch/open-subgraphs.ts';
import { mutationsOf } from './limits/authentication-mutations.ts';
import { mutationsWithPasswords } from './limits/password-places.ts';
import { openCostModel } from './limits/operation-cost.ts';
import { openOperations, type Operations } from './operations/prepared-operation.ts';
import { silentInRehearsal } from './reload/warm-plans.ts';
import { traceAuthorization } from './telemetry/trace-authorization.ts';
import { OWN_PART, withOwnPart } from './viewer-access/own-part.ts';

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
  /** Does all of that except asking: what it worked out is kept for the first who does ask. */
  readonly rehearse: Execute;
  stop(): Promise<void>;
}

interface Options {
  readonly supergraphSdl: string;
  readonly executor: ExecutorName;
  readonly subgraphs: Subgraphs;
  readonly introspection: boolean;
  readonly authorization: AuthorizationMode;
  readonly onDenied: OnDenied;
  readonly log: Logger;
}

/** The graph behind the edge: a planner between our authorization and our data sources. */
export async function openGraph(options: Options): Promise<Graph> {
  const { supergraphSdl, introspection } = options;
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const access = readAccessMap(supergraph);
  const decisions = openDecisions(access);
  refuseStrangers(supergraph, options.subgraphs);
  const { schema, execute, stop } = await openExecutor({
    ...options,
    ...withOwnPart(silentInRehearsal(options.subgraphs), decisions),
  });
  const authorization = { schema, decisions, mode: options.authorization, onDenied: options.onDenied };
  const limits = {
    authenticationMutations: mutationsOf(supergraph, 'identity'),
    passwordMutations: mutationsWithPasswords(schema),
    introspection,
  };
  const costs = openCostModel(schema, supergraph);
  return {
    policyVersion: createHash('sha256').update(supergraphSdl).digest('hex').slice(0, 16),
    schema,
    decisions,
    operations: openOperations({ schema, decisions, limits, costs, isForTrainees: openTrainingGate(access) }),
    execute: traceAuthorization(
      (next) => authorizeExecutor(next, authorization),
      checkVariables(execute, schema),
    ),
    rehearse: authorizeExecutor(execute, { ...authorization, onDenied: () => undefined }),
    stop,
  };
}

/** A supergraph may only name subgraphs that have an address, or the first to ask would find out. */
function refuseStrangers(supergraph: DocumentNode, { lines }: Options['subgraphs']): void {
  const named = supergraph.definitions.flatMap((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
      ? (definition.values ?? []).flatMap(({ directives = [] }) => directives.flatMap(nameOfSubgraph))
      : [],
  );
  const stranger = named.find((name) => name !== OWN_PART && !lines.has(name));
  if (stranger !== undefined) {
    throw new Error(`The supergraph names a subgraph "${stranger}", for which there is no address.`);
  }
}

const nameOfSubgraph = ({ arguments: given = [] }: ConstDirectiveNode) =>
  given.flatMap(({ name, value }) =>
    name.value === 'name' && value.kind === Kind.STRING ? [value.value] : [],
  );
