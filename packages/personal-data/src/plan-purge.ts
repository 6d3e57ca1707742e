import type { TableRule } from './check-rules.ts';
import type { Queryable } from './assert-everything-declared.ts';
import type { PurgePlan } from './purge-batch.ts';

interface TableFacts {
  table_name: string;
  column_name: string;
  data_type: string;
  key_position: number | null;
}

/** Adds to each rule what only the catalogue knows: the table's primary key and the types needed to walk it in order. */
export async function planPurge(database: Queryable, rules: readonly TableRule[]): Promise<PurgePlan[]> {
  const facts = await database.query<TableFacts>(
    `SELECT c.relname AS table_name, a.attname AS column_name, format_type(a.atttypid, a.atttypmod) AS data_type,
            array_position(i.indkey::int2[], a.attnum) AS key_position
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
     WHERE c.oid = ANY (SELECT to_regclass(quote_ident(name)) FROM unnest($1::text[]) AS name)`,
    [rules.map(({ table }) => table)],
  );
  return rules.map((tableRule) => {
    const { table, rule } = tableRule;
    const columns = facts.filter(({ table_name }) => table_name === table);
    const primaryKey = columns
      .flatMap(({ column_name, data_type, key_position }) =>
        key_position === null ? [] : [{ name: column_name, type: data_type, position: key_position }],
      )
      .toSorted((one, other) => one.position - other.position)
      .map(({ name, type }) => ({ name, type }));
    const clockType = columns.find(({ column_name }) => column_name === rule.clock)?.data_type;
    if (primaryKey.length === 0 || clockType === undefined)
      throw new Error(`rule "${rule.name}": ${table} needs a primary key and the column ${rule.clock}`);
    // A hold names a person by UUID; a column of another type (an actor that may be a service) cannot match one.
    const subjects = [...new Set(Object.values(tableRule.columns).map(({ subject }) => subject))].filter(
      (subject) =>
        columns.some(({ column_name, data_type }) => column_name === subject && data_type === 'uuid'),
    );
    return { ...tableRule, primaryKey, clockType, subjects };
  });
}
