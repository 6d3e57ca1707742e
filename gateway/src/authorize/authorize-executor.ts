import { createHash } from 'node:crypto';
import { CONDITIONAL, type Decisions } from '@kept/access-policy';
import {
  Kind,
  OperationTypeNode,
  print,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Execute, ExecuteRequest } from '../execute/executor.ts';
import { completeResponse } from './complete-response.ts';
import { refusedVariables, type RefusedInput } from './denied-inputs.ts';
import { deniedError, errorsOf, report, type OnDenied } from './denials.ts';
import { prune, type Pruned } from './prune.ts';
import {
  denialsOf,
  isIncluded,
  refusalOf,
  type Authority,
  type Denial,
  type Variables,
} from './selection.ts';
import type { AuthorizationMode } from './settings.ts';

/** One operation without what one set of decisions takes out of it. */
interface Authorized {
  readonly pruned: Pruned;
  readonly denials: readonly Denial[];
  readonly document: DocumentNode | null;
  readonly queryHash: string;
}

export interface AuthorizationOptions {
  readonly schema: GraphQLSchema;
  readonly decisions: Decisions;
  readonly mode: AuthorizationMode;
  /** Hears of everything that is withheld, before the rest is asked for. Must not throw, and not wait. */
  readonly onDenied: OnDenied;
}

// Enough for every operation of a few apps in every role; an operation costs some 50 µs to prune again.
const KEPT_MAX = 4_000;

/**
 * Stands between the edge and the planner: withheld fields leave a query before it is planned, so that no subgraph is
 * asked, and a mutation with a withheld part is refused whole. The pruned document carries its own `queryHash`: the
 * planner caches by it, and plans would leak between roles otherwise (measured).
 */
export function authorizeExecutor(execute: Execute, options: AuthorizationOptions): Execute {
  const { schema, decisions } = options;
  const kept = new Map<string, Authorized>();
  return (request) => {
    const { coordinates, key: operationKey } = request.prepared;
    const { audiences, purposes } = request.context;
    const table = decisions.tableFor(audiences, purposes);
    const refused = refusedIn(coordinates, table);
    // What nearly every request is: one look per coordinate, and nothing of the document.
    if (refused.length === 0) return execute(request);
    const authority: Authority = { schema, decisions, table };
    // By what is taken out and why, not by role: roles that may do the same share a document and its plan.
    const key = `${operationKey}\n${refused.join()}`;
    const authorized = kept.get(key) ?? authorize(request, authority);
    remember(kept, key, authorized);
    return executeAuthorized(execute, { request, authorized, authority, options });
  };
}

function refusedIn(coordinates: Int32Array, table: Uint8Array): string[] {
  let refused: string[] = NOTHING;
  for (let at = 0; at < coordinates.length; at++) {
    const coordinate = coordinates[at] ?? -1;
    const decision = table[coordinate] ?? -1;
    if (decision >= CONDITIONAL) continue;
    if (refused === NOTHING) refused = [];
    refused.push(`${coordinate}:${decision}`);
  }
  return refused;
}
const NOTHING: string[] = [];

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
  const document: DocumentNode | null = pruned.operation && {
    kind: Kind.DOCUMENT,
    definitions: [pruned.operation],
  };
  const left = document ? print(document) : '';
  const queryHash = createHash('sha256').update(left).digest('hex');
  return { pruned, denials: denialsOf(pruned.entries), document, queryHash };
}

async function executeAuthorized(
  execute: Execute,
  at: {
    request: ExecuteRequest;
    authorized: Authorized;
    authority: Authority;
    options: AuthorizationOptions;
  },
): Promise<ExecutionResult> {
  const { request, authorized, authority, options } = at;
  const { pruned, denials } = authorized;
  const { operation } = request.prepared;
  const variables = withBooleanDefaults(operation, request.variables);
  const isQuery = operation.operation === OperationTypeNode.QUERY;
  const included = denials.filter(({ when }) => isIncluded(when, variables));
  const sent = refusedVariables({ operation, variables: request.variables, schema: options.schema }, (name) =>
    refusalOf(name, authority),
  );
  const enforced = options.mode === 'enforce';
  // A query may leave out by @skip what it may not ask; a mutation that holds it at all is refused.
  const refusals = [...(isQuery ? included : pruned.cut.values()), ...sent];
  report(refusals, { onDenied: options.onDenied, enforced, context: request.context });
  if (!enforced) return execute(request);
  // Whoever may not do it at all hears that, and not which of its inputs they may not send either.
  if (!isQuery && pruned.cut.size > 0) return refuse(refusalsOfMutation(pruned, denials));
  if (sent.length > 0) return refuse(refusalsOfInputs(sent));
  if (pruned.cut.size === 0) return execute(request);
  return executePruned(execute, { request, authorized, variables, errors: errorsOf(included) });
}

function refusalsOfMutation({ cut }: Pruned, denials: readonly Denial[]): GraphQLError[] {
  if (denials.length > 0) return errorsOf(denials);
  const [first] = cut.values();
  return [deniedError(first?.reason ?? 'AUDIENCE')];
}

const refusalsOfInputs = (sent: readonly RefusedInput[]) =>
  sent.map(({ reason, path }) => deniedError(reason, { field: path }));

async function executePruned(
  execute: Execute,
  at: { request: ExecuteRequest; authorized: Authorized; variables: Variables; errors: GraphQLError[] },
): Promise<ExecutionResult> {
  const { request, authorized, variables, errors } = at;
  const { pruned, document, queryHash } = authorized;
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

const refuse = (errors: GraphQLError[]): ExecutionResult => ({ data: null, errors });
