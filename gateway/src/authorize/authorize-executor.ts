import { createHash } from 'node:crypto';
import { FIELD_DENIED, purposesOf, type Audience, type Decisions } from '@kept/access-policy';
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  print,
  type ExecutionResult,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { RequestContext } from '../context.ts';
import type { Execute, ExecuteRequest } from '../execute/executor.ts';
import { completeResponse } from './complete-response.ts';
import { deniedVariables } from './denied-inputs.ts';
import { isDenied, prune, type Authority, type Pruned } from './prune.ts';
import { denialsOf, isIncluded, type Denial, type Variables } from './selection.ts';

/** One operation as one audience set may ask it. */
interface Authorized {
  readonly pruned: Pruned;
  readonly denials: readonly Denial[];
  readonly document: DocumentNode | null;
  readonly queryHash: string;
}

interface Options {
  readonly schema: GraphQLSchema;
  readonly decisions: Decisions;
  readonly audiencesOf: (context: RequestContext) => readonly Audience[];
}

// Enough for every operation of a few apps in every role; an operation costs some 50 µs to prune again.
const KEPT_MAX = 4_000;

/**
 * Stands between the edge and the planner: denied fields leave a query before it is planned, so that no subgraph is
 * asked, and a mutation with a denied part is refused whole. The pruned document carries its own `queryHash`: the
 * planner caches by it, and plans would leak between roles otherwise (measured).
 */
export function authorizeExecutor(execute: Execute, options: Options): Execute {
  const { schema, decisions } = options;
  const kept = new Map<string, Authorized>();
  return async (request) => {
    const audiences = options.audiencesOf(request.context);
    const authority: Authority = { schema, decisions, table: decisions.tableFor(audiences, purposesOf(audiences)) };
    const { operation, key: operationKey } = request.prepared;
    const { variables } = request;
    const key = `${audiences.join()}\n${operationKey}`;
    const authorized = kept.get(key) ?? authorize(request, authority);
    remember(kept, key, authorized);
    // Whoever may not do it at all hears that, and not which of its inputs they may not send either.
    const { denials, pruned } = authorized;
    if (operation.operation !== OperationTypeNode.QUERY && pruned.cut.size > 0) {
      return refuse(denials.length > 0 ? denials.map(({ path }) => denied({ path })) : [denied({})]);
    }
    const sent = deniedVariables({ operation, variables, schema }, (name) => isDenied(name, authority));
    if (sent.length > 0) return refuse(sent.map((field) => denied({ field })));
    if (pruned.cut.size === 0) return execute(request);
    return executePruned(execute, request, authorized);
  };
}

function remember(kept: Map<string, Authorized>, key: string, authorized: Authorized): void {
  if (kept.has(key)) return;
  const oldest = kept.size >= KEPT_MAX ? kept.keys().next().value : undefined;
  if (oldest !== undefined) kept.delete(oldest);
  kept.set(key, authorized);
}

function authorize({ prepared }: ExecuteRequest, authority: Authority): Authorized {
  const { operation, text } = prepared;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of prepared.document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const pruned = prune({ operation, fragments, text }, authority);
  const denials = denialsOf(pruned.entries);
  const document: DocumentNode | null = pruned.operation && {
    kind: Kind.DOCUMENT,
    definitions: [pruned.operation],
  };
  const left = document ? print(document) : '';
  return { pruned, denials, document, queryHash: createHash('sha256').update(left).digest('hex') };
}

async function executePruned(
  execute: Execute,
  request: ExecuteRequest,
  { pruned, denials, document, queryHash }: Authorized,
): Promise<ExecutionResult> {
  const variables = withBooleanDefaults(request.prepared.operation, request.variables);
  const paths = new Map(
    denials.filter(({ when }) => isIncluded(when, variables)).map(({ path }) => [path.join('.'), path]),
  );
  const errors = [...paths.values()].map((path) => denied({ path }));
  const result: ExecutionResult = document
    ? await execute({ ...request, document, queryHash })
    : { data: {} };
  // No data at all means that the operation was not run; there is nothing to complete then.
  if (result.data === undefined) return result;
  const data = completeResponse(result.data, pruned.entries, { variables, placeholder: pruned.placeholder });
  const all = [...errors, ...(result.errors ?? [])];
  return { ...result, data, ...(all.length > 0 && { errors: all }) };
}

// The variables of @skip and @include may stand on their default.
function withBooleanDefaults(operation: OperationDefinitionNode, variables: Variables): Variables {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.BOOLEAN ? [[variable.name.value, defaultValue.value] as const] : [],
  );
  return defaults.length > 0 ? { ...Object.fromEntries(defaults), ...variables } : variables;
}

const denied = ({ path, field }: { path?: readonly string[]; field?: string }) =>
  new GraphQLError(FIELD_DENIED.message, {
    ...(path && { path: [...path] }),
    extensions: { code: FIELD_DENIED.code, ...(field !== undefined && { field }) },
  });

const refuse = (errors: GraphQLError[]): ExecutionResult => ({ data: null, errors });
