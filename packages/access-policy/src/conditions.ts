/**
 * Conditions over the columns of a row, all of which must hold: `{ clientId: id, status: { $in: ['HELD'] } }`. Each is a
 * plain value or operators; `$and`, `$or` and `$not` stand where a column could.
 */
export type Conditions = Readonly<Record<string, unknown>>;
/** What a column is compared with: `{ $gte: 1, $lt: 9 }`. */
export type Operators = Readonly<Record<string, unknown>>;

// The operators that mean the same here and in SQL (sql-condition.test.ts proves it); anything else is refused at start.
const PLAIN = new Set(['$eq', '$ne']);
const LISTS = new Set(['$in', '$nin']);
const ORDER = new Set(['$lt', '$lte', '$gt', '$gte']);

/** Throws when conditions hold an `undefined` (which CASL takes for "column absent") or what we do not allow. */
export function checkConditions(conditions: Conditions, where: string): void {
  if (Object.keys(conditions).length === 0)
    throw new Error(`${where}: empty conditions would match every row.`);
  for (const [name, value] of Object.entries(conditions)) {
    const here = `${where}: ${name}`;
    if (name === '$not') checkNested(value, here);
    else if (name === '$and' || name === '$or') {
      if (!Array.isArray(value) || value.length === 0) throw new Error(`${here} takes a list of conditions.`);
      for (const item of value) checkNested(item, here);
    } else if (name.startsWith('$')) throw new Error(`${here} is not an operator we allow here.`);
    else if (isRecord(value)) checkOperators(value, here);
    else checkValue(value, here);
  }
}

function checkNested(value: unknown, where: string): void {
  if (!isRecord(value)) throw new Error(`${where} takes conditions.`);
  checkConditions(value, where);
}

function checkOperators(operators: Operators, where: string): void {
  if (Object.keys(operators).length === 0) throw new Error(`${where} is compared with nothing.`);
  for (const [operator, value] of Object.entries(operators)) {
    const here = `${where} ${operator}`;
    if (operator === '$not') {
      if (!isRecord(value)) throw new Error(`${here} takes operators.`);
      checkOperators(value, here);
    } else if (operator === '$exists') {
      if (typeof value !== 'boolean') throw new Error(`${here} takes true or false.`);
    } else if (LISTS.has(operator)) {
      if (!Array.isArray(value)) throw new Error(`${here} takes a list.`);
      for (const item of value) checkValue(item, here);
    } else if (ORDER.has(operator)) {
      // The order of text is its collation's, which JavaScript does not know; null has none.
      if (typeof value !== 'number' && !(value instanceof Date))
        throw new Error(`${here} takes a number or a Date.`);
      checkValue(value, here);
    } else if (PLAIN.has(operator)) checkValue(value, here);
    else throw new Error(`${here} is not an operator we allow.`);
  }
}

function checkValue(value: unknown, where: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return;
  throw new Error(`${where} is compared with ${value === undefined ? 'undefined' : 'no plain value'}.`);
}

/** Every column that conditions name, however deep. */
export function columnsOf(conditions: Conditions): string[] {
  return Object.entries(conditions).flatMap(([name, value]) => {
    if (name === '$not') return columnsOf(value as Conditions);
    if (name === '$and' || name === '$or') return (value as Conditions[]).flatMap(columnsOf);
    return [name];
  });
}

/** Whether conditions compare anything with null, however deep. */
export const mentionsNull = (value: unknown): boolean =>
  value === null ||
  (Array.isArray(value)
    ? value.some(mentionsNull)
    : isRecord(value) && Object.values(value).some(mentionsNull));

/** The first column that conditions name and the row does not have. */
export function missingColumn(conditions: Conditions, row: object): string | undefined {
  return columnsOf(conditions).find((column) => Reflect.get(row, column) === undefined);
}

/** Whether a value is an object of its own: conditions or operators, and no value to compare with. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
