import { FIELD_DENIED } from '@kept/access-policy';
import { GraphQLError } from 'graphql';
import type { RequestContext } from '../context.ts';
import type { Denial, Reason, Refusal } from './selection.ts';

/**
 * Something was withheld from a caller, for one reason. Coordinates only, never a value or a path: it goes into the record
 * of the organization. `enforced` is false in dry-run mode, in which the gateway let it pass.
 */
export interface Denied {
  readonly coordinates: readonly string[];
  readonly reason: Reason;
  readonly enforced: boolean;
  readonly context: RequestContext;
}
export type OnDenied = (denied: Denied) => void;

const WORDS: Readonly<Record<Reason, { readonly code: string; readonly message: string }>> = {
  AUDIENCE: FIELD_DENIED,
  PURPOSE: {
    code: 'PURPOSE_VIOLATION',
    message: 'This is kept for other purposes than the one of this operation.',
  },
};

/** What a caller reads: the same words for everything, where it was asked, and which of the inputs if it was one. */
export function deniedError(
  reason: Reason,
  { path, field }: { path?: readonly string[]; field?: string } = {},
): GraphQLError {
  const { code, message } = WORDS[reason];
  return new GraphQLError(message, {
    ...(path && { path: [...path] }),
    extensions: { code, ...(field !== undefined && { field }) },
  });
}

/** One error for each path, in the order of the operation. Whoever may not see it at all hears that first. */
export function errorsOf(denials: readonly Denial[]): GraphQLError[] {
  const byPath = new Map<string, Denial>();
  for (const denial of denials) {
    const key = denial.path.join('.');
    if (byPath.get(key)?.reason !== 'AUDIENCE') byPath.set(key, denial);
  }
  return [...byPath.values()].map(({ path, reason }) => deniedError(reason, { path }));
}

/** Tells whoever listens, once for each reason. */
export function report(
  refusals: readonly Refusal[],
  { onDenied, enforced, context }: { onDenied: OnDenied; enforced: boolean; context: RequestContext },
): void {
  for (const reason of ['AUDIENCE', 'PURPOSE'] as const) {
    const own = refusals.filter((refusal) => refusal.reason === reason);
    const coordinates = [...new Set(own.map(({ coordinate }) => coordinate))].toSorted();
    if (coordinates.length === 0) continue;
    const occasion = { coordinates, reason, enforced };
    context.log[enforced ? 'info' : 'warn'](occasion, enforced ? 'withheld' : 'would have been withheld');
    onDenied({ ...occasion, context });
  }
}
