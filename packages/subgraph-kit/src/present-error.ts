import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { Fault } from './fault.ts';
import type { Logger } from './log.ts';
import { SCALAR_FORMS } from './scalars.ts';

/**
 * What a caller is told of an error: a code, a sentence and where. A `Fault` speaks for itself, a value that
 * does not fit is described in the caller's words, and everything else is our mistake: it is logged with its
 * stack and presented without a trace of it.
 */
export function presentError(error: GraphQLError, log: Logger): GraphQLFormattedError {
  const cause = error.originalError;
  if (cause instanceof Fault) {
    if (cause.detail !== undefined || cause.cause !== undefined) log.warn({ err: cause }, 'refused');
    return formatted(error, cause.message, {
      ...cause.extensions,
      code: cause.code,
      ...(cause.field !== undefined && { field: cause.field }),
      ...(cause.retryAfterSeconds !== undefined && { retryAfterSeconds: cause.retryAfterSeconds }),
    });
  }
  if (typeof error.extensions['code'] === 'string') {
    return formatted(error, error.message, { code: error.extensions['code'] });
  }
  // graphql-js raises these itself, for variables and literals that do not fit their type.
  if (isCoercion(error)) {
    return formatted(error, coercionSentence(error.message), {
      code: 'BAD_INPUT',
      ...fieldOf(error.message),
    });
  }
  log.error({ err: cause ?? error, path: error.path?.join('.') }, 'a resolver failed');
  return formatted(error, 'Something went wrong on our side. It has been noted; please try again.', {
    code: 'INTERNAL',
  });
}

const formatted = (error: GraphQLError, message: string, extensions: Record<string, unknown>) => ({
  message,
  ...(error.path && { path: error.path }),
  extensions,
});

const COERCION = /^(Variable "\$|Argument "|Expected (value of )?(non-nullable )?type )/;
/** Whether graphql-js says here that a value does not fit its type. */
export const isCoercion = (error: GraphQLError) => COERCION.test(error.message);

// graphql-js puts the value itself into these messages; ours name the place and the form that is wanted.
function coercionSentence(message: string): string {
  const place = placeOf(message);
  const type =
    /(?:[Ee]xpected(?: value of)?|of required) type "([A-Za-z0-9_]+)/.exec(message)?.[1] ??
    /\b(DateTime|LocalDate|TimeZone|EmailAddress|UUID|MinorUnits) cannot/.exec(message)?.[1];
  if (/was not provided|must not be null|required type/.test(message) && place)
    return `"${place}" is missing.`;
  const unknownField = /Field "([^"]+)" is not defined by type/.exec(message)?.[1];
  if (unknownField) return `"${unknownField}" is not known here.`;
  const form = type ? SCALAR_FORMS[type] : undefined;
  if (place && form) return `"${place}" must be ${form}.`;
  if (place) return `"${place}" has a value that cannot be used.`;
  return form ? `A value must be ${form}.` : 'A value cannot be used.';
}

function placeOf(message: string): string | undefined {
  const required = /Field "?([A-Za-z0-9_.]+)"? of required type/.exec(message)?.[1];
  const at = /at "([^"]+)"/.exec(message)?.[1];
  const named = /^(?:Variable "\$|Argument ")([A-Za-z0-9_]+)"/.exec(message)?.[1];
  return required ?? at ?? named;
}

function fieldOf(message: string): { field?: string } {
  const place = placeOf(message);
  return place ? { field: place } : {};
}
