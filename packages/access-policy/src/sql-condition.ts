import { READ, REACH, type Ability } from './ability.ts';
import { conjunction, disjunction, openWriter, type Placeholder } from './write-condition.ts';
import type { Conditions } from './conditions.ts';

/** A condition for a WHERE clause, and its parameters. */
export interface SqlCondition {
  readonly sql: string;
  readonly parameters: unknown[];
}

/** The same for a TypeORM query builder: `builder.andWhere(condition.sql, condition.parameters)`. */
export interface NamedSqlCondition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ConditionPlace {
  /** The table's alias in the statement. */
  readonly alias: string;
  /** From the property of the row, as policies name it, to the column. Every one that a condition names. */
  readonly columns: Readonly<Record<string, string>>;
  /** With it, only rows of which the caller may also read this field. */
  readonly field?: string;
}

/**
 * Which rows of a type the caller may know of (`'read'`) or act upon (any other verb), for a list's WHERE clause.
 * The same rows as `mayRead` and `may` say one by one: own interpreter, because CASL's conversions differ from
 * its `can()` in order, nulls and fields (casl #1068, #957, #684). `offset`: how many parameters the statement
 * already has; ours start at the next number.
 */
// oxlint-disable-next-line max-params -- reads as a sentence: sqlCondition(ability, 'read', 'Booking', …)
export function sqlCondition(
  ability: Ability,
  verb: string,
  type: string,
  place: ConditionPlace & { readonly offset?: number },
): SqlCondition {
  const parameters: unknown[] = [];
  const { offset = 0 } = place;
  const placeholder: Placeholder = (value) => `$${offset + parameters.push(value)}`;
  return { sql: write({ ability, verb, type }, place, placeholder), parameters };
}

/** `sqlCondition` with named parameters, as TypeORM's query builders take them. `prefix` keeps two of them apart. */
// oxlint-disable-next-line max-params -- the same sentence as sqlCondition
export function namedSqlCondition(
  ability: Ability,
  verb: string,
  type: string,
  place: ConditionPlace & { readonly prefix?: string },
): NamedSqlCondition {
  const parameters: Record<string, unknown> = {};
  const { prefix = 'allowed' } = place;
  let count = 0;
  const placeholder: Placeholder = (value) => {
    const name = `${prefix}${++count}`;
    parameters[name] = value;
    return `:${name}`;
  };
  return { sql: write({ ability, verb, type }, place, placeholder), parameters };
}

function write(
  { ability, verb, type }: { ability: Ability; verb: string; type: string },
  place: ConditionPlace,
  placeholder: Placeholder,
): string {
  const writer = openWriter(place, placeholder);
  const anyOf = (action: string, field?: string) =>
    disjunction(
      ability
        .rulesFor(action, type, field)
        .map(({ conditions }) => (conditions ? writer(conditions as Conditions) : 'true')),
    );
  const parts =
    verb === READ ? [anyOf(REACH), ...(place.field ? [anyOf(READ, place.field)] : [])] : [anyOf(verb)];
  return conjunction(parts);
}
