/** Conditions over the columns of a row, all of which must hold: `{ clientId: id, status: { $in: ['HELD'] } }`. */
export type Conditions = Readonly<Record<string, unknown>>;

// The few operators that mean the same in CASL's matcher and in our SQL (sql-condition.test.ts proves it). Comparisons are
// not among them: JavaScript puts null below every number, SQL puts it nowhere. Neither are $and and $or, which CASL
// takes for columns unless told otherwise: "and" is another column here, "or" another sentence.
const OPERATORS = new Set(['$eq', '$ne', '$in']);

/** Throws when conditions hold an `undefined` (which CASL takes for "column absent") or an operator we do not allow. */
export function checkConditions(conditions: Conditions, where: string): void {
  if (Object.keys(conditions).length === 0)
    throw new Error(`${where}: empty conditions would match every row.`);
  for (const [name, value] of Object.entries(conditions)) {
    if (name.startsWith('$')) throw new Error(`${where}: ${name} is not an operator we allow here.`);
    if (isOperators(value)) checkOperators(value, `${where}: ${name}`);
    else checkValue(value, `${where}: ${name}`);
  }
}

function checkOperators(operators: Readonly<Record<string, unknown>>, where: string): void {
  for (const [operator, value] of Object.entries(operators)) {
    if (!OPERATORS.has(operator)) throw new Error(`${where}: ${operator} is not an operator we allow.`);
    if (operator !== '$in') checkValue(value, where);
    else if (!Array.isArray(value)) throw new Error(`${where}: $in takes a list.`);
    else for (const item of value) checkValue(item, where);
  }
}

function checkValue(value: unknown, where: string): void {
  const allowed = value === null || ['string', 'number', 'boolean'].includes(typeof value);
  if (!allowed)
    throw new Error(`${where} is compared with ${value === undefined ? 'undefined' : 'no plain value'}.`);
}

/** The first column that conditions name and the row does not have. */
export function missingColumn(conditions: Conditions, row: object): string | undefined {
  return Object.keys(conditions).find((column) => Reflect.get(row, column) === undefined);
}

const isOperators = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
