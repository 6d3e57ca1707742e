import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** One thing of a graph that a client can name, with what graphql-js says when it is gone. */
export interface Coordinate {
  /** As in the specification of schema coordinates: `Booking.notes`, `Query.booking(id:)`, `Role.MANAGER`. */
  readonly name: string;
  readonly typeName: string;
  /** The reason of its `@deprecated`, if it has one. */
  readonly deprecation: string | null;
  /** What it leads to or takes, for fields and arguments. */
  readonly refersTo: string | null;
  /** The sentence of `findBreakingChanges` for its removal. */
  readonly whenRemoved: string;
}

/** Everything of a schema that a client can name, in the order of the schema. */
export function coordinatesOf(schema: GraphQLSchema): Coordinate[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => [ofType(type), ...membersOf(type)]);
}

const ofType = ({ name }: GraphQLNamedType): Coordinate => ({
  name,
  typeName: name,
  deprecation: null,
  refersTo: null,
  whenRemoved: `${name} was removed.`,
});

function membersOf(type: GraphQLNamedType): Coordinate[] {
  const typeName = type.name;
  if (isEnumType(type))
    return type.getValues().map(({ name, deprecationReason }) => ({
      name: `${typeName}.${name}`,
      typeName,
      deprecation: deprecationReason ?? null,
      refersTo: null,
      whenRemoved: `${name} was removed from enum type ${typeName}.`,
    }));
  if (isUnionType(type))
    return type.getTypes().map(({ name }) => ({
      name: `${typeName} = ${name}`,
      typeName,
      deprecation: null,
      refersTo: name,
      whenRemoved: `${name} was removed from union type ${typeName}.`,
    }));
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) => ofField(typeName, field));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    ofField(typeName, field),
    ...field.args.map((argument) => ({
      name: `${typeName}.${field.name}(${argument.name}:)`,
      typeName,
      deprecation: argument.deprecationReason ?? null,
      refersTo: namedType(argument.type),
      whenRemoved: `${typeName}.${field.name} arg ${argument.name} was removed.`,
    })),
  ]);
}

const ofField = (
  typeName: string,
  field: { name: string; type: unknown; deprecationReason?: string | null | undefined },
): Coordinate => ({
  name: `${typeName}.${field.name}`,
  typeName,
  deprecation: field.deprecationReason ?? null,
  refersTo: namedType(field.type),
  whenRemoved: `${typeName}.${field.name} was removed.`,
});

const namedType = (type: unknown) => String(type).replaceAll(/[[\]!]/g, '');
