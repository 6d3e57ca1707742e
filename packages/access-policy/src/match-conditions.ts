import { isRecord, type Conditions, type Operators } from './conditions.ts';

/**
 * Whether checked conditions hold on a row. CASL's own matcher puts null below every number; here null equals null, differs
 * from every value, and is neither less nor more than anything, as `sqlCondition` says it to PostgreSQL.
 * Throws when a column was loaded as another kind of value than the one it is compared with: `'10' < 9` is no answer.
 */
export function matchConditions(conditions: Conditions, row: object): boolean {
  return Object.entries(conditions).every(([name, value]) => {
    if (name === '$not') return !matchConditions(value as Conditions, row);
    if (name === '$and') return (value as Conditions[]).every((each) => matchConditions(each, row));
    if (name === '$or') return (value as Conditions[]).some((each) => matchConditions(each, row));
    const column: unknown = Reflect.get(row, name);
    return isRecord(value) ? matchOperators(value, column, name) : equals(column, value, name);
  });
}

function matchOperators(operators: Operators, column: unknown, name: string): boolean {
  return Object.entries(operators).every(([operator, value]) => {
    switch (operator) {
      case '$not':
        return !matchOperators(value as Operators, column, name);
      case '$exists':
        return (column !== null) === value;
      case '$eq':
        return equals(column, value, name);
      case '$ne':
        return !equals(column, value, name);
      case '$in':
        return (value as unknown[]).some((item) => equals(column, item, name));
      case '$nin':
        return !(value as unknown[]).some((item) => equals(column, item, name));
      case '$lt':
        return column !== null && comparable(column, name, value) < comparable(value, name, value);
      case '$lte':
        return column !== null && comparable(column, name, value) <= comparable(value, name, value);
      case '$gt':
        return column !== null && comparable(column, name, value) > comparable(value, name, value);
      case '$gte':
        return column !== null && comparable(column, name, value) >= comparable(value, name, value);
      default:
        throw new Error(`${operator} has no meaning here.`);
    }
  });
}

function equals(column: unknown, value: unknown, name: string): boolean {
  if (column === null || value === null) return column === value;
  return comparable(column, name, value) === comparable(value, name, value);
}

function comparable(value: unknown, name: string, like: unknown): string | number | boolean {
  const plain = value instanceof Date ? value.getTime() : value;
  const sameKind = value instanceof Date === like instanceof Date && typeof value === typeof like;
  if (sameKind && (typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean'))
    return plain;
  throw new Error(
    `Access depends on ${name}, which was loaded as another kind of value than a policy names.`,
  );
}
