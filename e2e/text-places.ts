// Every place of the schema at which a client can send text, and an operation that sends some there and nowhere else.
import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isScalarType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

export interface TextPlace {
  readonly name: string;
  /** The body of a request with this text at the place. */
  with(text: string): { query: string; variables: Record<string, unknown> };
}

const NO_TEXT = new Set(['Int', 'Float', 'Boolean', 'MinorUnits']);

export function textPlaces(schema: GraphQLSchema): TextPlace[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
  ] as const;
  return roots.flatMap(([kind, root]) =>
    Object.values(root?.getFields() ?? {}).flatMap((field) =>
      field.args.flatMap(({ name, type }) =>
        pathsTo(type, []).map((path) => ({
          name: `${kind} ${field.name}(${[name, ...path].join('.')})`,
          with: (text: string) => ({
            query: `${kind} Try($value: ${String(type)}) { ${field.name}(${name}: $value) { __typename } }`,
            variables: { value: valueAt(type, path, text) },
          }),
        })),
      ),
    ),
  );
}

function pathsTo(type: GraphQLInputType, path: readonly string[]): (readonly string[])[] {
  const named = getNamedType(type);
  if (isScalarType(named)) return NO_TEXT.has(named.name) ? [] : [path];
  if (!isInputObjectType(named) || path.length > 4) return [];
  return Object.values(named.getFields()).flatMap((field) => pathsTo(field.type, [...path, field.name]));
}

function valueAt(type: GraphQLInputType, path: readonly string[], text: string): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [valueAt(nullable.ofType, path, text)];
  const [first, ...rest] = path;
  const field = first !== undefined && isInputObjectType(nullable) ? nullable.getFields()[first] : undefined;
  return field === undefined ? text : { [field.name]: valueAt(field.type, rest, text) };
}
