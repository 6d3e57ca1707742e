import {
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { PlannedFetch } from './plan.ts';

/** The name that planners give to the variable of `_entities`. */
export const REPRESENTATIONS = 'representations';

/** One planned sub-request as part of a merged one: where its answer and its representations stand. */
export interface EntityPart {
  readonly fetch: PlannedFetch;
  readonly key: string;
  readonly variable: string;
}

interface MergedRequest {
  readonly text: string;
  readonly operationName: string | undefined;
  readonly variables: readonly string[];
  readonly parts: readonly EntityPart[];
}

/**
 * Makes one operation of several about entities of one subgraph: each keeps its own `_entities`, under an alias and with
 * a variable of its own. Half of a dashboard's sub-requests go this way, and with them their passports and round trips.
 */
export function mergedRequest(fetches: readonly PlannedFetch[]): MergedRequest {
  const variables = [...new Set(fetches.flatMap((fetch) => fetch.variables))];
  const parts = fetches.map((fetch, index): EntityPart => {
    let variable = `${REPRESENTATIONS}${index}`;
    while (variables.includes(variable)) variable += '_';
    return { fetch, key: `entities${index}`, variable };
  });
  const documents = parts.map((part, index) => partOf(part, String(index)));
  const operations = documents.flatMap(({ operation }) => (operation ? [operation] : []));
  const [first] = operations;
  if (!first || operations.length !== parts.length)
    throw new Error('A planned sub-request holds no operation.');
  // Those of the client are the same in every part.
  const definitions = new Map<string, VariableDefinitionNode>();
  for (const definition of operations.flatMap((operation) => operation.variableDefinitions ?? [])) {
    definitions.set(definition.variable.name.value, definition);
  }
  const operation: OperationDefinitionNode = {
    ...first,
    variableDefinitions: [...definitions.values()],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: operations.flatMap(({ selectionSet }) => selectionSet.selections),
    },
  };
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [operation, ...documents.flatMap(({ fragments }) => fragments)],
  };
  return {
    text: stripIgnoredCharacters(print(document)),
    operationName: first.name?.value,
    variables,
    parts,
  };
}

// One part's operation and fragments, with the names that would meet another's made its own.
function partOf(part: EntityPart, suffix: string) {
  const renamed = visit(parse(part.fetch.text, { noLocation: true }), {
    Field: (node) =>
      node.name.value === '_entities' ? { ...node, alias: { kind: Kind.NAME, value: part.key } } : undefined,
    Variable: (node) =>
      node.name.value === REPRESENTATIONS
        ? { ...node, name: { ...node.name, value: part.variable } }
        : undefined,
    FragmentSpread: (node) => ({ ...node, name: { ...node.name, value: `${node.name.value}_${suffix}` } }),
    FragmentDefinition: {
      leave: (node) => ({ ...node, name: { ...node.name, value: `${node.name.value}_${suffix}` } }),
    },
  });
  const fragments: FragmentDefinitionNode[] = [];
  let operation: OperationDefinitionNode | undefined;
  for (const definition of renamed.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.push(definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
  }
  return { operation, fragments };
}
