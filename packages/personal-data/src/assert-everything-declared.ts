import type { TableDeclaration } from './declaration.ts';
import { parentOf, rulesOf } from './check-rules.ts';
import { IncompleteDeclarations } from './incomplete-declarations.ts';

/** Anything that can run a query: a transaction of packages/database. */
export interface Queryable {
  query<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
}

interface ColumnRow {
  table_name: string;
  column_name: string;
  data_type: string;
  nullable: boolean;
}

/**
 * Compares declarations with the database both ways and throws `IncompleteDeclarations` with every difference: columns
 * nobody declared, declarations without column, sealed columns that cannot hold an envelope, rules that could not run.
 */
export async function assertEverythingDeclared(
  database: Queryable,
  declarations: readonly TableDeclaration[],
): Promise<void> {
  const present = await readColumns(database);
  const declared = new Set(
    declarations.flatMap(({ table, columns }) => Object.keys(columns).map((column) => `${table}.${column}`)),
  );
  const problems = [
    ...[...present.keys()]
      .filter((place) => !declared.has(place))
      .map((place) => `${place} is declared nowhere`),
    ...[...declared]
      .filter((place) => !present.has(place))
      .map((place) => `${place} is declared and does not exist`),
    ...checkTypes(declarations, present),
    ...(await checkCascades(database, declarations)),
  ];
  if (problems.length > 0) throw new IncompleteDeclarations(problems);
}

/**
 * The catalogue, not information_schema: the latter leaves out what the asking role has no right to, and a forgotten
 * table is exactly what must be found.
 */
async function readColumns(database: Queryable): Promise<Map<string, ColumnRow>> {
  const rows = await database.query<ColumnRow>(`
    SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS table_name,
           a.attname AS column_name, format_type(a.atttypid, a.atttypmod) AS data_type, NOT a.attnotnull AS nullable
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1, a.attnum`);
  return new Map(rows.map((row) => [`${row.table_name}.${row.column_name}`, row]));
}

function checkTypes(
  declarations: readonly TableDeclaration[],
  present: ReadonlyMap<string, ColumnRow>,
): string[] {
  const problems: string[] = [];
  for (const { table, columns } of declarations)
    for (const [column, declaration] of Object.entries(columns)) {
      const place = `${table}.${column}`;
      const row = present.get(place);
      if (row === undefined || !declaration.personal) continue;
      if (declaration.fieldClass !== undefined && row.data_type !== 'bytea')
        problems.push(`${place} is ${row.data_type}; a sealed column must be bytea`);
      if (declaration.retention.then === 'shred' && !row.nullable)
        problems.push(`${place} must be nullable: its retention rule empties it`);
    }
  return problems;
}

/** A rule that follows a parent row deletes nothing itself; the foreign key has to. */
async function checkCascades(
  database: Queryable,
  declarations: readonly TableDeclaration[],
): Promise<string[]> {
  const followers = rulesOf(declarations).flatMap(({ table, rule }) => {
    const parent = parentOf(rule);
    return parent === null ? [] : [{ table, parent, name: rule.name }];
  });
  if (followers.length === 0) return [];
  const cascades = await database.query<{ pair: string }>(`
    SELECT conrelid::regclass::text || ' ' || confrelid::regclass::text AS pair
    FROM pg_constraint WHERE contype = 'f' AND confdeltype = 'c'`);
  const pairs = new Set(cascades.map(({ pair }) => pair));
  return followers
    .filter(({ table, parent }) => !pairs.has(`${table} ${parent}`))
    .map(({ table, parent, name }) => `rule "${name}": no foreign key of ${table} cascades from ${parent}`);
}
