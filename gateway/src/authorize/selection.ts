import { CONDITIONAL, DENY, WITHHELD, type Decisions } from '@kept/access-policy';
import type { GraphQLOutputType, GraphQLSchema } from 'graphql';

/** What one audience set may do with the coordinates of a schema, for one purpose set. */
export interface Authority {
  readonly schema: GraphQLSchema;
  readonly decisions: Decisions;
  readonly table: Uint8Array;
}

/** Why something is withheld: the caller is not of its audiences, or the operation not for its purposes. */
export type Reason = 'AUDIENCE' | 'PURPOSE';

/** What withheld a field: its own coordinate, or that of an argument or input field that it was asked with. */
export interface Refusal {
  readonly coordinate: string;
  readonly reason: Reason;
}

/** Why a coordinate is refused; null when it may be asked. One that the policy does not know may not. */
export function refusalOf(coordinate: string, { decisions, table }: Authority): Refusal | null {
  const decision = table[decisions.numberOf(coordinate) ?? -1] ?? DENY;
  if (decision >= CONDITIONAL) return null;
  return { coordinate, reason: decision === WITHHELD ? 'PURPOSE' : 'AUDIENCE' };
}

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
  readonly denied: Refusal | null;
  readonly type: GraphQLOutputType;
  readonly children: readonly Entry[];
  /** Something beneath was cut, so that the response has to be completed here. */
  readonly deniedBeneath: boolean;
}

/** A withheld field: its response path, with aliases as sent and without list indices. */
export interface Denial extends Refusal {
  readonly path: readonly string[];
  readonly when: readonly Condition[];
}

export type Variables = Readonly<Record<string, unknown>>;

/** Whether a field or fragment is part of this request, given its variables. */
export const isIncluded = (when: readonly Condition[], variables: Variables): boolean =>
  when.every(({ variable, wanted }) => variables[variable] === wanted);

/** Every withheld field of a selection, outermost first; a path can stand here more than once. */
export function denialsOf(
  entries: readonly Entry[],
  above: { path: readonly string[]; when: readonly Condition[] } = { path: [], when: [] },
): Denial[] {
  return entries.flatMap((entry) => {
    const here = { path: [...above.path, entry.key], when: [...above.when, ...entry.when] };
    if (entry.denied) return [{ ...here, ...entry.denied }];
    return entry.deniedBeneath ? denialsOf(entry.children, here) : [];
  });
}
