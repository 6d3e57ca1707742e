import { getMetadataArgsStorage } from 'typeorm';
import { declarationsOf } from './decorators.ts';
import type { ColumnDeclaration, TableDeclaration } from './declaration.ts';
import { IncompleteDeclarations } from './incomplete-declarations.ts';
import { checkRules } from './check-rules.ts';

// `abstract new` with unknown arguments: entity classes differ in constructors, and none is called here.
export type EntityClass = abstract new (...args: never[]) => object;

/**
 * Gathers what entities and tables declare, and throws `IncompleteDeclarations` with every problem at once: a column
 * of an entity without declaration, a declaration without column, a rule that could not run.
 */
export function collectDeclarations(
  entities: readonly EntityClass[],
  tables: readonly TableDeclaration[] = [],
): TableDeclaration[] {
  const problems: string[] = [];
  const all = [...entities.map((entity) => readEntity(entity, problems)), ...tables];
  const seen = new Set<string>();
  for (const { table } of all) {
    if (seen.has(table)) problems.push(`${table} is declared twice`);
    seen.add(table);
  }
  problems.push(...checkRules(all));
  if (problems.length > 0) throw new IncompleteDeclarations(problems);
  return all;
}

function readEntity(entity: EntityClass, problems: string[]): TableDeclaration {
  const table = tableName(entity);
  const columnNames = columnNamesOf(entity);
  const declared = declarationsOf(entity);
  const columns: Record<string, ColumnDeclaration> = {};
  for (const [property, column] of columnNames) {
    const declaration = declared.get(property);
    if (declaration === undefined) {
      // A relation's column is usually also a plain column, which is the one that declares.
      if (![...columnNames].some(([other, name]) => name === column && declared.has(other)))
        problems.push(
          `${entity.name}.${property} (${table}.${column}) declares neither @Personal nor @NotPersonal`,
        );
      continue;
    }
    columns[column] = declaration.personal
      ? { ...declaration, subject: columnNames.get(declaration.subject) ?? declaration.subject }
      : declaration;
  }
  for (const property of declared.keys())
    if (!columnNames.has(property))
      problems.push(`${entity.name}.${property} is declared and is not a column`);
  return { table, columns };
}

function tableName(entity: EntityClass): string {
  const args = getMetadataArgsStorage().tables.find(({ target }) => target === entity);
  return args?.name ?? snakeCase(entity.name);
}

/** Property → column, base classes included; relations count by their join columns. */
function columnNamesOf(entity: EntityClass): Map<string, string> {
  const storage = getMetadataArgsStorage();
  const lineage = new Set<unknown>();
  for (let type: unknown = entity; typeof type === 'function'; type = Object.getPrototypeOf(type))
    lineage.add(type);
  const names = new Map<string, string>();
  for (const column of storage.columns)
    if (lineage.has(column.target))
      names.set(column.propertyName, column.options.name ?? snakeCase(column.propertyName));
  for (const join of storage.joinColumns)
    if (lineage.has(join.target))
      names.set(join.propertyName, join.name ?? `${snakeCase(join.propertyName)}_id`);
  return names;
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
