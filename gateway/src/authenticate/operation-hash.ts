import { createHash } from 'node:crypto';

/**
 * What an operation is called by a proof that is bound to it (`stepUpStart`): SHA-256, in base64url, of its text, its name
 * and its variables with their keys in order. An app works it out from what it is about to send; another variable, another
 * operation, and the proof says nothing.
 */
export function operationHash(operation: {
  readonly text: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}): string {
  const { text, operationName = '', variables } = operation;
  return createHash('sha256')
    .update(JSON.stringify([text, operationName, inOrder(variables)]))
    .digest('base64url');
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inside]) => [key, inOrder(inside)]),
  );
}
