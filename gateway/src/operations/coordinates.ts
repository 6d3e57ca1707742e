import type { Decisions } from '@kept/access-policy';
import {
  getNamedType,
  isInputObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

/**
 * The coordinates that a validated document touches, as numbers of the decision tables: fields on the type they are asked
 * of, arguments, and input fields of its literals; blind to alias, fragment, `@skip` and `@include`. Fields of
 * introspection have none. Throws when the policy does not know one: it could not be decided.
 */
export function coordinatesOf(
  document: DocumentNode,
  { schema, decisions }: { schema: GraphQLSchema; decisions: Pick<Decisions, 'numberOf'> },
): Int32Array {
  const numbers = new Set<number>();
  const add = (coordinate: string) => {
    const number = decisions.numberOf(coordinate);
    if (number === undefined) throw new Error(`The policy does not know ${coordinate}.`);
    numbers.add(number);
  };
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const parent = types.getParentType();
        const name = node.name.value;
        // What introspection tells is the schema and not data; whether it is on at all is decided by validation.
        if (!parent || parent.name.startsWith('__') || name === '__schema' || name === '__type') return false;
        add(`${parent.name}.${name}`);
        for (const argument of node.arguments ?? []) add(`${parent.name}.${name}(${argument.name.value}:)`);
        return undefined;
      },
      ObjectField(node) {
        const parent = getNamedType(types.getParentInputType());
        if (isInputObjectType(parent)) add(`${parent.name}.${node.name.value}`);
      },
    }),
  );
  return Int32Array.from(numbers).sort();
}
