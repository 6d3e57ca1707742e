import type { GraphQLOutputType } from 'graphql';

/** `@include(if: $name)` wants true, `@skip(if: $name)` false. */
export interface Condition {
  readonly variable: string;
  readonly wanted: boolean;
}

/** One field of an operation, with its fragments resolved: where it applies and what became of it. */
export interface Entry {
  readonly key: string;
  /** The object types to which it applies; null for every one that can stand here. */
  readonly types: ReadonlySet<string> | null;
  readonly when: readonly Condition[];
  readonly denied: boolean;
  readonly type: GraphQLOutputType;
  readonly children: readonly Entry[];
  /** Something beneath was cut, so that the response has to be completed here. */
  readonly deniedBeneath: boolean;
}

/** A denied field: its response path, with aliases as sent and without list indices. */
export interface Denial {
  readonly path: readonly string[];
  readonly when: readonly Condition[];
}

export type Variables = Readonly<Record<string, unknown>>;

/** Whether a field or fragment is part of this request, given its variables. */
export const isIncluded = (when: readonly Condition[], variables: Variables): boolean =>
  when.every(({ variable, wanted }) => variables[variable] === wanted);

/** Every denied field of a selection, outermost first, each path once. */
export function denialsOf(entries: readonly Entry[], above: Denial = { path: [], when: [] }): Denial[] {
  return entries.flatMap((entry) => {
    const here = { path: [...above.path, entry.key], when: [...above.when, ...entry.when] };
    return entry.denied ? [here] : entry.deniedBeneath ? denialsOf(entry.children, here) : [];
  });
}
