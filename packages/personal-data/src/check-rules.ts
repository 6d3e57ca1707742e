import type { PersonalColumn, TableDeclaration } from './declaration.ts';
import type { RetentionRule } from './retention-rule.ts';
import { PURPOSES_OF_DATA } from './vocabulary/purposes.ts';
import { termOf } from './vocabulary/vocabulary.ts';

/** Terms that name or reach a person by themselves; in clear only with a reason (requirement DAT-10). */
const DIRECT_IDENTIFIERS = new Set([
  'pd:Name',
  'pd:EmailAddress',
  'pd:TelephoneNumber',
  'pd:PhysicalAddress',
  'pd:DateOfBirth',
  'pd:HealthRecord',
  'pd:MedicalHealth',
  'pd:Communication',
]);

/** A rule of a table together with the columns that carry it. */
export interface TableRule {
  table: string;
  rule: RetentionRule;
  columns: Readonly<Record<string, PersonalColumn>>;
}

/** The rules of all tables, in the order declared; rules of one name must be one rule. */
export function rulesOf(declarations: readonly TableDeclaration[]): TableRule[] {
  return declarations.flatMap(({ table, columns }) => {
    const byName = new Map<string, { rule: RetentionRule; columns: Record<string, PersonalColumn> }>();
    for (const [column, declaration] of Object.entries(columns)) {
      if (!declaration.personal) continue;
      const found = byName.get(declaration.retention.name) ?? { rule: declaration.retention, columns: {} };
      found.columns[column] = declaration;
      byName.set(declaration.retention.name, found);
    }
    return [...byName.values()].map((found) => ({ table, ...found }));
  });
}

/** The table a rule follows, when its clock stands in a parent row. */
export function parentOf(rule: RetentionRule): string | null {
  const [parent, column] = rule.clock.split('.');
  return parent === undefined || column === undefined ? null : parent;
}

/** Problems that show without a database, in words. */
export function checkRules(declarations: readonly TableDeclaration[]): string[] {
  const rules = rulesOf(declarations);
  const tables = new Map(declarations.map((declaration) => [declaration.table, declaration.columns]));
  return [
    ...rules.flatMap((tableRule) => checkRule(tableRule, tables, rules)),
    ...declarations.flatMap(({ table, columns }) =>
      Object.entries(columns).flatMap(([column, declaration]) =>
        declaration.personal ? checkColumn(`${table}.${column}`, declaration, columns) : [],
      ),
    ),
  ];
}

function checkRule(
  { table, rule }: TableRule,
  tables: ReadonlyMap<string, TableDeclaration['columns']>,
  rules: readonly TableRule[],
): string[] {
  if (tables.get(table)?.['organization_id'] === undefined)
    return [
      `rule "${rule.name}": ${table} has no organization_id, so no organization's purge would reach it`,
    ];
  const parent = parentOf(rule);
  if (parent === null)
    return tables.get(table)?.[rule.clock] === undefined
      ? [`rule "${rule.name}": ${table} has no column ${rule.clock} to count from`]
      : [];
  const parentRules = rules.filter((other) => other.table === parent && other.rule.then === 'delete_row');
  return parentRules.some((other) => `${parent}.${other.rule.clock}` === rule.clock)
    ? []
    : [
        `rule "${rule.name}": ${parent} has no rule that deletes rows by ${rule.clock}, so nothing of ${table} would go`,
      ];
}

function checkColumn(
  place: string,
  declaration: PersonalColumn,
  siblings: TableDeclaration['columns'],
): string[] {
  const problems: string[] = [];
  if (!declaration.subject.includes('.') && siblings[declaration.subject] === undefined)
    problems.push(`${place} is about "${declaration.subject}", which is no column beside it`);
  if (declaration.purposes.length === 0) problems.push(`${place} has no purpose`);
  problems.push(...checkWords(place, declaration));
  if (declaration.reason.trim() === '') problems.push(`${place} has no reason`);
  if (
    DIRECT_IDENTIFIERS.has(declaration.category) &&
    declaration.fieldClass === undefined &&
    declaration.inClearBecause === undefined
  )
    problems.push(`${place} is ${declaration.category}: seal it (fieldClass) or say inClearBecause`);
  return problems;
}

/** Every word has to be one that others know: of DPV, or of the few of our own (DAT-10); a special category has its ground (LAW-05). */
function checkWords(
  place: string,
  { category, basis, specialCondition, purposes }: PersonalColumn,
): string[] {
  const special = termOf(category)?.special === true;
  return [
    ...[category, basis, ...(specialCondition === undefined ? [] : [specialCondition])]
      .filter((term) => termOf(term) === undefined)
      .map((term) => `${place}: there is no term ${term} (vocabulary/dpv-terms.tsv)`),
    ...purposes
      .filter((purpose) => !Object.hasOwn(PURPOSES_OF_DATA, purpose))
      .map((purpose) => `${place}: there is no purpose ${purpose} (vocabulary/purposes.ts)`),
    ...(special && specialCondition === undefined
      ? [`${place} is ${category}, a special category: say specialCondition (GDPR article 9(2))`]
      : []),
    ...(!special && specialCondition !== undefined
      ? [`${place} is ${category}, no special category, and needs no specialCondition`]
      : []),
  ];
}
