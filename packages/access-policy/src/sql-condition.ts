import { READ, REACH, type Ability } from './ability.ts';

/** A condition for a WHERE clause, and its parameters. */
export interface SqlCondition {
  readonly sql: string;
  readonly parameters: unknown[];
}

/** What CASL makes of conditions; the shape of @ucast/core, of which we interpret the few operators we allow. */
interface Node {
  readonly operator: string;
  readonly field?: string;
  readonly value: unknown;
}

interface Place {
  /** The table's alias in the statement. */
  readonly alias: string;
  /** From the property of the row, as policies name it, to the column. Every one that a condition names. */
  readonly columns: Readonly<Record<string, string>>;
  /** How many parameters the statement already has: ours start at the next number. */
  readonly offset?: number;
  /** With it, only rows of which the caller may also read this field. */
  readonly field?: string;
}

/**
 * Which rows of a type the caller may know of (`'read'`) or act upon (any other verb), for a list's WHERE clause.
 * The same rows as `mayRead` and `may` say one by one: own interpreter, because CASL's conversions differ from
 * its `can()` in order, nulls and fields (casl #1068, #957, #684).
 */
// oxlint-disable-next-line max-params -- reads as a sentence: sqlCondition(ability, 'read', 'Booking', …)
export function sqlCondition(ability: Ability, verb: string, type: string, place: Place): SqlCondition {
  const write = openWriter(place);
  const anyOf = (action: string, field?: string) =>
    disjunction(
      ability.rulesFor(action, type, field).map((rule) => (rule.ast ? write.condition(rule.ast) : 'true')),
    );
  const parts =
    verb === READ ? [anyOf(REACH), ...(place.field ? [anyOf(READ, place.field)] : [])] : [anyOf(verb)];
  return { sql: conjunction(parts), parameters: write.parameters };
}

// Nothing is left out where it could be: PostgreSQL refuses a statement that does not use all of its parameters.
const disjunction = (parts: readonly string[]) => joined(parts, ' OR ') ?? 'false';
const conjunction = (parts: readonly string[]) => joined(parts, ' AND ') ?? 'true';

function joined(parts: readonly string[], by: string): string | undefined {
  return parts.length > 1 ? `(${parts.join(by)})` : parts[0];
}

function openWriter({ alias, columns, offset = 0 }: Place) {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => `$${offset + parameters.push(value)}`;
  const columnOf = (property: string | undefined) => {
    const column = property !== undefined && Object.hasOwn(columns, property) ? columns[property] : undefined;
    if (column === undefined)
      throw new Error(`A policy depends on ${property}, for which no column was given.`);
    return `"${alias}"."${column.replaceAll('"', '""')}"`;
  };
  const condition = ({ operator, field, value }: Node): string => {
    switch (operator) {
      // Several columns in one sentence.
      case 'and':
        return conjunction((value as Node[]).map(condition));
      case 'eq':
        return value === null ? `${columnOf(field)} IS NULL` : `${columnOf(field)} = ${parameter(value)}`;
      // As in JavaScript, null differs from every value; plain `<>` would lose those rows.
      case 'ne':
        return value === null
          ? `${columnOf(field)} IS NOT NULL`
          : `${columnOf(field)} IS DISTINCT FROM ${parameter(value)}`;
      case 'in': {
        const values = value as unknown[];
        const present = values.filter((item) => item !== null);
        return disjunction([
          ...(present.length > 0 ? [`${columnOf(field)} = ANY(${parameter(present)})`] : []),
          ...(values.includes(null) ? [`${columnOf(field)} IS NULL`] : []),
        ]);
      }
      default:
        throw new Error(`A policy uses ${operator}, which has no meaning in SQL here.`);
    }
  };
  return { condition, parameters };
}
