import {
  executeSync,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { own } from './bare-object.ts';
import type { ReadOperation } from './collect-fields.ts';
import type { Variables } from './run.ts';

/**
 * Answers one `__schema` or `__type` of an operation with graphql-js itself, from the schema that clients know. Whether
 * introspection is on at all was decided by validation.
 */
export function openIntrospection(
  { operation, fragments }: Pick<ReadOperation, 'operation' | 'fragments'>,
  schema: GraphQLSchema,
): (fields: readonly FieldNode[], variables: Variables) => unknown {
  return (fields, variables) => {
    const [first] = fields;
    const definition: OperationDefinitionNode = {
      ...operation,
      directives: [],
      selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
    };
    const definitions: (OperationDefinitionNode | FragmentDefinitionNode)[] = [
      definition,
      ...fragments.values(),
    ];
    const { data } = executeSync({
      schema,
      document: { kind: Kind.DOCUMENT, definitions },
      variableValues: variables,
    });
    return first && data ? own(data, first.alias?.value ?? first.name.value) : null;
  };
}
