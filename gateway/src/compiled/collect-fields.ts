import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { own } from './bare-object.ts';
import type { Variables } from './run.ts';
import type { IsOfType } from './type-conditions.ts';

/** The operation of a document, its fragments, and the Boolean variables that decide what of it applies. */
export interface ReadOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly conditions: readonly Condition[];
}
interface Condition {
  readonly variable: string;
  /** Where the request does not say. */
  readonly otherwise: boolean;
}

/** Reads a document that holds one operation. */
export function readOperation(document: DocumentNode): ReadOperation {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let operation: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
  }
  if (!operation) throw new Error('A document without an operation came as far as its execution.');
  const names = new Set<string>();
  for (const { selectionSet } of [operation, ...fragments.values()]) addConditions(selectionSet, names);
  const defaults = new Map(
    (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue,
    ]),
  );
  const conditions = [...names].map((variable) => {
    const value = defaults.get(variable);
    return { variable, otherwise: value?.kind === Kind.BOOLEAN && value.value };
  });
  return { operation, fragments, conditions };
}

function addConditions(set: SelectionSetNode, names: Set<string>): void {
  for (const selection of set.selections) {
    for (const { argument } of conditionsOf(selection)) {
      if (argument?.kind === Kind.VARIABLE) names.add(argument.name.value);
    }
    if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) {
      addConditions(selection.selectionSet, names);
    }
  }
}

/** The Boolean variables that are true for one request. Two requests with the same ones run the same compiled code. */
export const trueVariables = (conditions: readonly Condition[], variables: Variables): ReadonlySet<string> =>
  new Set(
    conditions
      .filter(({ variable, otherwise }) => {
        const value = own(variables, variable);
        return value === undefined ? otherwise : value === true;
      })
      .map(({ variable }) => variable),
  );

interface Collecting {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly isTrue: ReadonlySet<string>;
  readonly isOfType: IsOfType;
}

/**
 * The fields that apply to one type, by response key and in the order in which the client asked for them
 * (GraphQL specification, 6.3.2 CollectFields).
 */
export function collectFields(
  sets: readonly SelectionSetNode[],
  typeName: string,
  collecting: Collecting,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const collect = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (!applies(selection, collecting.isTrue)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const same = fields.get(key);
        if (same) same.push(selection);
        else fields.set(key, [selection]);
        continue;
      }
      const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined;
      if (name !== undefined && visited.has(name)) continue;
      if (name !== undefined) visited.add(name);
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? collecting.fragments.get(selection.name.value) : selection;
      if (!fragment) continue;
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || collecting.isOfType(typeName, condition)) {
        collect(fragment.selectionSet.selections);
      }
    }
  };
  for (const set of sets) collect(set.selections);
  return fields;
}

const applies = (selection: SelectionNode, isTrue: ReadonlySet<string>) =>
  conditionsOf(selection).every(({ wanted, argument }) => {
    if (argument?.kind === Kind.VARIABLE) return isTrue.has(argument.name.value) === wanted;
    return argument?.kind !== Kind.BOOLEAN || argument.value === wanted;
  });

const conditionsOf = ({ directives = [] }: SelectionNode) =>
  directives
    .filter(({ name }) => name.value === 'include' || name.value === 'skip')
    .map(({ name, arguments: given }) => ({
      wanted: name.value === 'include',
      argument: given?.find((argument) => argument.name.value === 'if')?.value,
    }));
