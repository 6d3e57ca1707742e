import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import {
  QueryPlanner,
  type FetchDataRewrite,
  type FetchNode,
  type PlanNode as ApolloNode,
  type QueryPlanSelectionNode,
  type ResponsePath,
} from '@apollo/query-planner';
import { Fault } from '@kept/subgraph-kit';
import { OperationTypeNode, type DocumentNode } from 'graphql';
import type { PathStep, Plan, PlannedFetch, Planner, PlanNode, RequiredSelection, Rewrite } from './plan.ts';

/** Apollo's planner (@apollo/query-planner 2.14, Elastic-2.0; decision 0010), and the only file that knows its plans. */
export function openApolloPlanner(supergraphSdl: string): Planner {
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false });
  const apiSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);
  return {
    apiSchema: apiSchema.toGraphQLJSSchema(),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    plan(document: DocumentNode): Plan {
      const { node } = planner.buildQueryPlan(operationFromDocument(apiSchema, document));
      if (!node) return null;
      if (node.kind === 'Subscription') throw new Error('A subscription cannot be planned.');
      return planNode(node, []);
    },
  };
}

function planNode(node: ApolloNode, path: readonly PathStep[]): PlanNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return {
        kind: node.kind === 'Sequence' ? 'sequence' : 'parallel',
        nodes: node.nodes.map((child) => planNode(child, path)),
      };
    case 'Flatten':
      return planNode(node.node, [...path, ...node.path.flatMap(stepsOf)]);
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.condition,
        then: node.ifClause ? planNode(node.ifClause, path) : null,
        otherwise: node.elseClause ? planNode(node.elseClause, path) : null,
      };
    case 'Fetch':
      return { kind: 'fetch', fetch: plannedFetch(node, path) };
    case 'Defer':
      throw new Error('A deferred part cannot be planned.');
  }
}

function plannedFetch(node: FetchNode, path: readonly PathStep[]): PlannedFetch {
  if (node.contextRewrites && node.contextRewrites.length > 0) {
    // Apollo's own executor ignores them, and the argument that they should fill would be missing.
    throw new Error('@fromContext is not supported.');
  }
  const variables = node.variableUsages ?? [];
  if (node.requires && variables.includes('representations')) {
    throw new Fault('BAD_INPUT', 'A variable of this operation may not be called "representations".');
  }
  return {
    service: node.serviceName,
    text: node.operation,
    operationName: node.operationName,
    operationKind: node.operationKind === OperationTypeNode.MUTATION ? 'mutation' : 'query',
    variables,
    path,
    requires: node.requires ? node.requires.map(requiredOf) : null,
    inputRewrites: (node.inputRewrites ?? []).map(rewriteOf),
    outputRewrites: (node.outputRewrites ?? []).map(rewriteOf),
  };
}

// `@` is every item of a list; `|[A,B]` behind a name is only what is of these types (typeConditionedFetching).
function stepsOf(part: ResponsePath[number]): PathStep[] {
  const [name, types] = String(part).split('|');
  const step: PathStep[] = name === '@' ? [{ kind: 'items' }] : name ? [{ kind: 'field', name }] : [];
  return types === undefined ? step : [...step, { kind: 'types', names: types.slice(1, -1).split(',') }];
}

function requiredOf(node: QueryPlanSelectionNode): RequiredSelection {
  if (node.kind === 'Field') {
    return {
      kind: 'field',
      key: node.alias ?? node.name,
      selections: node.selections?.map(requiredOf) ?? null,
    };
  }
  return { kind: 'fragment', type: node.typeCondition ?? null, selections: node.selections.map(requiredOf) };
}

const FRAGMENT = '... on ';

function rewriteOf(rewrite: FetchDataRewrite): Rewrite {
  const path = rewrite.path
    .slice(0, -1)
    .map((part): PathStep =>
      part.startsWith(FRAGMENT)
        ? { kind: 'types', names: [part.slice(FRAGMENT.length)] }
        : { kind: 'field', name: part },
    );
  const key = rewrite.path.at(-1) ?? '';
  return rewrite.kind === 'ValueSetter'
    ? { kind: 'set', path, key, value: rewrite.setValueTo as unknown }
    : { kind: 'rename', path, key, to: rewrite.renameKeyTo };
}
