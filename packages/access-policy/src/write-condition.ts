import { isRecord, type Conditions, type Operators } from './conditions.ts';

/** Keeps a value as a parameter and gives what stands for it in the statement. */
export type Placeholder = (value: unknown) => string;

const ORDER: Readonly<Record<string, string>> = { $lt: '<', $lte: '<=', $gt: '>', $gte: '>=' };

/** Writes checked conditions as SQL that is never NULL: each part is true or false, so that NOT turns it around. */
export function openWriter(
  { alias, columns }: { alias: string; columns: Readonly<Record<string, string>> },
  placeholder: Placeholder,
): (conditions: Conditions) => string {
  const columnOf = (property: string) => {
    const column = Object.hasOwn(columns, property) ? columns[property] : undefined;
    if (column === undefined)
      throw new Error(`A policy depends on ${property}, for which no column was given.`);
    return `"${alias}"."${column.replaceAll('"', '""')}"`;
  };
  const all = (conditions: Conditions): string =>
    conjunction(
      Object.entries(conditions).map(([name, value]) => {
        if (name === '$not') return not(all(value as Conditions));
        if (name === '$and') return conjunction((value as Conditions[]).map(all));
        if (name === '$or') return disjunction((value as Conditions[]).map(all));
        return isRecord(value) ? compared(value, columnOf(name)) : equal(columnOf(name), value);
      }),
    );
  const compared = (operators: Operators, column: string): string =>
    conjunction(
      Object.entries(operators).map(([operator, value]) => {
        if (operator === '$not') return not(compared(value as Operators, column));
        if (operator === '$exists') return `${column} IS ${value === true ? 'NOT NULL' : 'NULL'}`;
        if (operator === '$eq') return equal(column, value);
        if (operator === '$ne') return not(equal(column, value));
        if (operator === '$in') return oneOf(column, value as unknown[]);
        if (operator === '$nin') return not(oneOf(column, value as unknown[]));
        return ordered(column, operator, value);
      }),
    );
  const oneOf = (column: string, values: readonly unknown[]): string => {
    const dates = values.filter((value) => value instanceof Date);
    const present = values.filter((value) => value !== null && !(value instanceof Date));
    return disjunction([
      ...(present.length > 0 ? [known(column, `${column} = ANY(${placeholder(present)})`)] : []),
      ...dates.map((date) => equal(column, date)),
      ...(values.includes(null) ? [`${column} IS NULL`] : []),
    ]);
  };
  const equal = (column: string, value: unknown): string => {
    if (value === null) return `${column} IS NULL`;
    if (value instanceof Date)
      return conjunction([ordered(column, '$gte', value), ordered(column, '$lte', value)]);
    return known(column, `${column} = ${placeholder(value)}`);
  };
  const ordered = (column: string, operator: string, value: unknown): string => {
    // PostgreSQL keeps microseconds, a row in hand has milliseconds: up to and including one means before the next.
    if (value instanceof Date && (operator === '$lte' || operator === '$gt')) {
      const next = new Date(value.getTime() + 1);
      return ordered(column, operator === '$lte' ? '$lt' : '$gte', next);
    }
    const sign = ORDER[operator];
    if (!sign) throw new Error(`A policy uses ${operator}, which has no meaning in SQL here.`);
    return known(column, `${column} ${sign} ${placeholder(value)}`);
  };
  return all;
}

// A comparison with a null column is NULL, which NOT would leave NULL and WHERE would take for false.
const known = (column: string, comparison: string) => `(${column} IS NOT NULL AND ${comparison})`;
const not = (part: string) => `(NOT ${part})`;

// Nothing is left out where it could be: PostgreSQL refuses a statement that does not use all of its parameters.
/** True where any part is; false where there is none. */
export const disjunction = (parts: readonly string[]) => joined(parts, ' OR ') ?? 'false';
/** True where every part is; true where there is none. */
export const conjunction = (parts: readonly string[]) => joined(parts, ' AND ') ?? 'true';

function joined(parts: readonly string[], by: string): string | undefined {
  return parts.length > 1 ? `(${parts.join(by)})` : parts[0];
}
