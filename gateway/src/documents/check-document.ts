import { Kind, parse } from 'graphql';
import { LIMITS } from '../limits/check-limits.ts';
import type { Operations } from '../operations/prepared-operation.ts';
import type { CheckDocument } from './read-manifests.ts';

/**
 * Checks a document as a request of it is checked: it is parsed, fits the schema, and asks for no more than anybody may.
 * Every operation of it, because nobody has said yet which one is meant.
 */
export const checkWith =
  (operations: Operations): CheckDocument =>
  (text) => {
    // What does not even parse is refused with the same words as a request is.
    for (const name of namesIn(text)) operations.prepare(text, name);
  };

function namesIn(text: string): (string | undefined)[] {
  try {
    const names = parse(text, { maxTokens: LIMITS.tokens, noLocation: true }).definitions.flatMap(
      (definition) => (definition.kind === Kind.OPERATION_DEFINITION ? [definition.name?.value] : []),
    );
    return names.length > 0 ? names : [undefined];
  } catch {
    return [undefined];
  }
}
