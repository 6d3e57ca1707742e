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
import type { Variables } from './selection.ts';

type IsDenied = (coordinate: string) => boolean;

/** Whether a literal sends an input field that its caller may not send (`role: ADMIN` in an input object). */
export function literalIsDenied(value: ValueNode, type: GraphQLInputType, isDenied: IsDenied): boolean {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const items = value.kind === Kind.LIST ? value.values : [value];
    return items.some((item) => literalIsDenied(item, nullable.ofType, isDenied));
  }
  if (!isInputObjectType(nullable) || value.kind !== Kind.OBJECT) return false;
  const fields = nullable.getFields();
  return value.fields.some((field) => {
    const definition = fields[field.name.value];
    return (
      isDenied(`${nullable.name}.${field.name.value}`) ||
      (definition !== undefined && literalIsDenied(field.value, definition.type, isDenied))
    );
  });
}

/** The variables, as `name.field`, through which an operation sends what its caller may not send. */
export function deniedVariables(
  request: { operation: OperationDefinitionNode; variables: Variables; schema: GraphQLSchema },
  isDenied: IsDenied,
): string[] {
  return (request.operation.variableDefinitions ?? []).flatMap(({ variable, type: node, defaultValue }) => {
    const name = variable.name.value;
    // The node is a named or wrapped input type; the document has been validated.
    const type = typeFromAST(request.schema, node as never) as GraphQLInputType | undefined;
    if (!type) return [];
    const byDefault = defaultValue && literalIsDenied(defaultValue, type, isDenied) ? [name] : [];
    return [...byDefault, ...deniedInValue(request.variables[name], { type, path: name }, isDenied)];
  });
}

function deniedInValue(
  value: unknown,
  at: { type: GraphQLInputType; path: string },
  isDenied: IsDenied,
): string[] {
  const type = getNullableType(at.type);
  if (isListType(type)) {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    const item = { type: type.ofType, path: at.path };
    return items.flatMap((each) => deniedInValue(each, item, isDenied));
  }
  if (!isInputObjectType(type) || typeof value !== 'object' || value === null) return [];
  const fields = type.getFields();
  return Object.entries(value).flatMap(([name, sent]) => {
    const definition = fields[name];
    const path = `${at.path}.${name}`;
    if (!definition || sent === undefined) return [];
    return isDenied(`${type.name}.${name}`)
      ? [path]
      : deniedInValue(sent, { type: definition.type, path }, isDenied);
  });
}
