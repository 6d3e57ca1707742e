import type { Decisions } from '@kept/access-policy';
import {
  getNamedType,
  isInputObjectType,
  Kind,
  typeFromAST,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLInputObjectType,
  type GraphQLSchema,
} from 'graphql';

/**
 * The coordinates that a validated document of one operation touches, as numbers of the decision tables, sorted: fields on
 * the type they are asked of, arguments, input fields of literals, and every input field that could come in a variable.
 * Blind to alias, fragment, `@skip` and `@include`; fields of introspection have none. Worked out once per text: an
 * operation whose coordinates are all allowed needs nothing else decided, whatever its variables hold.
 * Throws when the policy does not know one: it could not be decided.
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
      VariableDefinition({ type: node }) {
        // The node is a named or wrapped type; the document has been validated.
        for (const type of inputsWithin(getNamedType(typeFromAST(schema, node as never)))) {
          for (const name of Object.keys(type.getFields())) add(`${type.name}.${name}`);
        }
      },
      Field(node) {
        const parent = types.getParentType();
        const name = node.name.value;
        // What introspection tells is the schema and not data; whether it is on at all is decided by validation.
        if (!parent || parent.name.startsWith('__') || name === '__schema' || name === '__type') return false;
        add(`${parent.name}.${name}`);
        for (const argument of node.arguments ?? []) add(`${parent.name}.${name}(${argument.name.value}:)`);
        return undefined;
      },
      [Kind.OBJECT_FIELD](node) {
        const parent = getNamedType(types.getParentInputType());
        if (isInputObjectType(parent)) add(`${parent.name}.${node.name.value}`);
      },
    }),
  );
  return Int32Array.from(numbers).sort();
}

function inputsWithin(type: unknown, found = new Set<GraphQLInputObjectType>()): Set<GraphQLInputObjectType> {
  if (!isInputObjectType(type) || found.has(type)) return found;
  found.add(type);
  for (const field of Object.values(type.getFields())) inputsWithin(getNamedType(field.type), found);
  return found;
}
