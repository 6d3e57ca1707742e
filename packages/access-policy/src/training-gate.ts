import type { Caller } from '@kept/passport';
import {
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { AccessMap } from './access-map.ts';

// Federation's own questions: what stands behind them is guarded row by row, and a trainee has no role.
const OF_THE_GATEWAY = ['_entities', '_service', '__typename', '__schema', '__type'];

/** Whether somebody on the staff still has to be trained, and may ask nothing else until then (TRN-01). */
export const mustBeTrained = ({
  kind,
  trained,
}: Pick<Caller, 'kind'> & { readonly trained?: boolean }): boolean => kind === 'STAFF' && trained === false;

/** Answers whether staff may ask an operation before they are trained: when the audience of all its root fields names TRAINEE. */
export function openTrainingGate(
  access: AccessMap,
): (document: DocumentNode, operation: OperationDefinitionNode) => boolean {
  const open = new Set(
    [...access.types.values()]
      .filter(({ root }) => root)
      .flatMap((type) =>
        [...type.fields]
          .filter(([, { allow }]) => allow.includes('TRAINEE'))
          .map(([field]) => `${type.name}.${field}`),
      ),
  );
  return (document, operation) => {
    const root = operation.operation === OperationTypeNode.MUTATION ? 'Mutation' : 'Query';
    return [...rootFields(document, operation.selectionSet)].every(
      (field) => OF_THE_GATEWAY.includes(field) || open.has(`${root}.${field}`),
    );
  };
}

// Validated before: fragments do not run in circles.
function* rootFields(document: DocumentNode, { selections }: SelectionSetNode): Generator<string> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield selection.name.value;
    else if (selection.kind === Kind.INLINE_FRAGMENT) yield* rootFields(document, selection.selectionSet);
    else {
      for (const definition of document.definitions) {
        if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value)
          yield* rootFields(document, definition.selectionSet);
      }
    }
  }
}
