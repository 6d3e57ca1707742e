import {
  getNullableType,
  isInputObjectType,
  isListType,
  Kind,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import type { Refusal, Variables } from './selection.ts';

type RefusalOf = (coordinate: string) => Refusal | null;

/** What in a literal its caller may not send (`role: ADMIN` in an input object), or null. */
export function refusedLiteral(
  value: ValueNode,
  type: GraphQLInputType,
  refusalOf: RefusalOf,
): Refusal | null {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const items = value.kind === Kind.LIST ? value.values : [value];
    return first(items, (item) => refusedLiteral(item, nullable.ofType, refusalOf));
  }
  if (!isInputObjectType(nullable) || value.kind !== Kind.OBJECT) return null;
  const fields = nullable.getFields();
  return first(value.fields, (field) => {
    const definition = fields[field.name.value];
    return (
      refusalOf(`${nullable.name}.${field.name.value}`) ??
      (definition ? refusedLiteral(field.value, definition.type, refusalOf) : null)
    );
  });
}

function first<Item>(items: readonly Item[], refusal: (item: Item) => Refusal | null): Refusal | null {
  for (const item of items) {
    const found = refusal(item);
    if (found) return found;
  }
  return null;
}

/** Something sent in a variable that its caller may not send; `path` is `variable.field`, with the caller's names. */
export interface RefusedInput extends Refusal {
  readonly path: string;
}

/** Everything that an operation sends in variables and its caller may not send, defaults included. */
export function refusedVariables(
  request: { operation: OperationDefinitionNode; variables: Variables; schema: GraphQLSchema },
  refusalOf: RefusalOf,
): RefusedInput[] {
  return (request.operation.variableDefinitions ?? []).flatMap(({ variable, type: node, defaultValue }) => {
    const name = variable.name.value;
    // The node is a named or wrapped input type; the document has been validated.
    const type = typeFromAST(request.schema, node as never) as GraphQLInputType | undefined;
    if (!type) return [];
    const byDefault = defaultValue ? refusedLiteral(defaultValue, type, refusalOf) : null;
    return [
      ...(byDefault ? [{ ...byDefault, path: name }] : []),
      ...refusedValue(request.variables[name], { type, path: name }, refusalOf),
    ];
  });
}

function refusedValue(
  value: unknown,
  at: { type: GraphQLInputType; path: string },
  refusalOf: RefusalOf,
): RefusedInput[] {
  const type = getNullableType(at.type);
  if (isListType(type)) {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    const item = { type: type.ofType, path: at.path };
    return items.flatMap((each) => refusedValue(each, item, refusalOf));
  }
  if (!isInputObjectType(type) || typeof value !== 'object' || value === null) return [];
  const fields = type.getFields();
  return Object.entries(value).flatMap(([name, sent]) => {
    const definition = fields[name];
    const path = `${at.path}.${name}`;
    if (!definition || sent === undefined) return [];
    const refusal = refusalOf(`${type.name}.${name}`);
    return refusal ? [{ ...refusal, path }] : refusedValue(sent, { type: definition.type, path }, refusalOf);
  });
}
