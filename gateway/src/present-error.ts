import { FAULT_CODES, type Logger } from '@kept/subgraph-kit';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

// Apollo Server's codes in our catalogue's words.
const OURS: Readonly<Record<string, string>> = {
  BAD_USER_INPUT: 'BAD_INPUT',
  BAD_REQUEST: 'BAD_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_INPUT',
};
const SHOWN = ['field', 'retryAfterSeconds'] as const;

/**
 * The only form in which an error leaves: a sentence, a code of the catalogue, where, and nothing that tells what stands
 * behind (service names, addresses, stacks, values). What has no code of ours is logged and becomes INTERNAL.
 */
export function presentError(
  formatted: GraphQLFormattedError,
  error: unknown,
  log: Logger,
): GraphQLFormattedError {
  const extensions = formatted.extensions ?? {};
  const given = String(extensions['code']);
  const code = OURS[given] ?? given;
  const path = formatted.path?.filter((part) => part !== '@');
  const where = path && path.length > 0 ? { path } : {};
  if (!(code in FAULT_CODES) || code === 'INTERNAL') {
    const cause = error instanceof GraphQLError ? error.originalError : error;
    if (cause instanceof Error) log.error({ err: cause }, 'an operation failed');
    return {
      message: 'Something went wrong on our side. It has been noted; please try again.',
      ...where,
      extensions: { code: 'INTERNAL' },
    };
  }
  const shown = Object.fromEntries(
    SHOWN.flatMap((name) => (name in extensions ? [[name, extensions[name]]] : [])),
  );
  const { message, ...more } = inWords(given, formatted.message);
  return { message, ...where, extensions: { code, ...shown, ...more } };
}

function inWords(code: string, message: string): { message: string; field?: string } {
  if (code === 'GRAPHQL_PARSE_FAILED') return { message: 'The document is not GraphQL.' };
  if (/introspection/i.test(message) && code === 'GRAPHQL_VALIDATION_FAILED') {
    return { message: 'Introspection is not available here.' };
  }
  if (code === 'BAD_USER_INPUT') return badVariable(message);
  return { message };
}

// graphql-js repeats the value in these messages; ours name the variable, its place and what is wrong.
function badVariable(message: string): { message: string; field?: string } {
  const variable = /^Variable "\$([A-Za-z0-9_]+)"/.exec(message)?.[1];
  const field =
    /; at "([^"]+)"/.exec(message)?.[1] ?? / at "([A-Za-z0-9_.[\]]+)"/.exec(message)?.[1] ?? variable;
  if (field === undefined) return { message: 'A variable has a value that cannot be used.' };
  const required = /Field "([A-Za-z0-9_]+)" of required type/.exec(message)?.[1];
  if (required) return { message: `"${field}.${required}" is missing.`, field: `${field}.${required}` };
  const unknown = /Field "([A-Za-z0-9_]+)" is not defined/.exec(message)?.[1];
  if (unknown) return { message: `"${field}.${unknown}" is not known here.`, field: `${field}.${unknown}` };
  if (/was not provided|must not be null/.test(message)) return { message: `"${field}" is missing.`, field };
  return { message: `"${field}" has a value that cannot be used.`, field };
}
