import { Fault, FAULT_CODES, type Logger } from '@kept/subgraph-kit';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';

// The last three say what a step-up needs (RFC 9470 §3).
const SHOWN = [
  'field',
  'retryAfterSeconds',
  'acrValues',
  'maxAgeSeconds',
  'operationBound',
  'methods',
] as const;

/**
 * The only form in which an error of an execution leaves: a sentence, a code of the catalogue, where, and nothing that
 * tells what stands behind (service names, addresses, stacks, values). What has no code of ours is logged and INTERNAL.
 */
export function presentError(error: GraphQLError, log: Logger): GraphQLFormattedError {
  const { originalError: cause } = error;
  const extensions: Readonly<Record<string, unknown>> =
    cause instanceof Fault ? { ...cause } : error.extensions;
  const code = String(extensions['code']);
  const path = error.path?.filter((part) => part !== '@');
  const where = path && path.length > 0 ? { path } : {};
  if (!Object.hasOwn(FAULT_CODES, code) || code === 'INTERNAL') {
    if (cause instanceof Error) log.error({ err: cause }, 'an operation failed');
    return {
      message: 'Something went wrong on our side. It has been noted; please try again.',
      ...where,
      extensions: { code: 'INTERNAL' },
    };
  }
  const shown = Object.fromEntries(
    SHOWN.flatMap((name) => (extensions[name] !== undefined ? [[name, extensions[name]]] : [])),
  );
  return { message: error.message, ...where, extensions: { code, ...shown } };
}
